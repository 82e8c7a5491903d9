import {
  Flag,
  FrameType,
  headerBytes,
  noPartition,
  Offset,
  ProgramEndpoint,
  readU32,
  StartPermit,
  writeAsk,
  writeHeader,
  writeU32,
} from '@ring/messaging/simulation'
import { type Link, type LinkHandler, PauseWatch } from '@ring/platform'
import type { NodeEnvironment } from '@ring/testkit'

const tickMs = 20

export interface ProgramOptions {
  /** How long a node's word counts; 0 for a program that asks nobody, as those of 0.3.0. */
  readonly wordMs: number
  /** A handler starts with the request of this number. */
  readonly onStart: (id: number) => void
}

/** A server program in a process of its own: what its node sent waits in its socket while it is stopped, or computes. */
export class SimulatedProgram {
  readonly #permit: StartPermit
  readonly #endpoint: ProgramEndpoint
  readonly #watch: PauseWatch
  #link: Link | undefined

  constructor(environment: NodeEnvironment, { wordMs, onStart }: ProgramOptions) {
    const { clock } = environment
    this.#permit = new StartPermit({
      nowMs: () => clock.monotonicMs(),
      ask: (question) => this.#link && writeAsk(this.#link, question),
    })
    this.#endpoint = new ProgramEndpoint(
      {
        tellTime: () => this.#endpoint.time(clock.monotonicMs()),
        nextTurn: (run) => clock.after(0, run),
        wake: () => {
          // What it answers leaves right after each input.
        },
        onRouting: () => undefined,
        onWord: (question, verdict) => this.#permit.onWord(question, verdict),
        onViolation: (reason) => {
          throw new Error(`the node broke a rule: ${reason}`)
        },
      },
      clock.monotonicMs(),
      0,
    )
    this.#endpoint.responder.admission = this.#permit
    this.#endpoint.responder.serve(({ body }) => {
      onStart(readU32(body, 0))
      return undefined
    })
    this.#watch = new PauseWatch(clock)
    this.#watch.onResumed((gapMs, awayMs) => {
      this.#permit.resumed(awayMs)
      this.#endpoint.resumed(gapMs)
    })
    this.#watch.start()
    environment.listen((_from, link) => this.#attached(link, wordMs))
    const tick = () => {
      this.#endpoint.tick(clock.monotonicMs())
      this.#endpoint.flush()
      clock.after(tickMs, tick)
    }
    tick()
  }

  #attached(link: Link, wordMs: number): LinkHandler {
    this.#link = link
    this.#endpoint.connect(link)
    this.#permit.begin(wordMs)
    return {
      onFrames: (_link, bytes, start, end) => {
        this.#endpoint.time(this.#watch.check())
        this.#endpoint.onFrames(bytes, start, end)
        this.#endpoint.flush()
      },
      onDrain: () => undefined,
      onClosed: () => undefined,
    }
  }
}

/** One request as a peer sends it: its frames, a large one in several. Its body begins with its number. */
export function requestFrames(id: number, slot: number, parts: number): readonly Uint8Array[] {
  const piece = 8
  return Array.from({ length: parts }, (_, part) => {
    const isFirst = part === 0
    const extension = isFirst && parts > 1 ? 4 : 0
    const bytes = new Uint8Array(headerBytes + extension + piece)
    const more = part < parts - 1 ? Flag.more : 0
    const flags = extension > 0 ? Flag.chunked | more : more
    writeHeader(bytes, 0, isFirst ? FrameType.request : FrameType.chunk, flags, extension + piece)
    bytes[Offset.words] = (headerBytes + extension) / 4
    writeU32(bytes, Offset.slot, slot)
    writeU32(bytes, Offset.generation, id + 1)
    writeU32(bytes, Offset.requestId, id)
    if (isFirst) writeU32(bytes, Offset.partition, noPartition)
    if (extension > 0) writeU32(bytes, headerBytes, parts * piece)
    if (isFirst) writeU32(bytes, headerBytes + extension, id)
    return bytes
  })
}
