import { keyHashOfRange } from '@ring/placement'
import type { Link } from '@ring/platform'
import {
  bodyStart,
  FrameType,
  headerBytes,
  Offset,
  readU32,
  writeHeader,
  writeU32,
  writeU48,
} from '../core/frames/frame-header.ts'
import { Outbox } from '../core/frames/outbox.ts'
import { writeStreamOpening } from '../core/frames/stream-frames.ts'
import type { RequestOptions } from '../core/program/asking/request-options.ts'
import { ProgramEndpoint } from '../core/program/program-endpoint.ts'
import type { ProgramRouting } from '../core/program/program-routing.ts'
import { CollectingLink } from './collecting-link.ts'

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

export function routing(version: number, changed: readonly number[] = [0, 1]): ProgramRouting {
  const changedAt = new Float64Array(2).fill(1)
  for (const partition of changed) changedAt[partition] = version
  return {
    version,
    epoch: 1,
    mode: 'hash',
    strategy: 'ring',
    partitions: 2,
    servers: [{ name: 's0', up: true }],
    changedAt,
  }
}

/** A key of each of the two partitions. */
export const keys = [0, 1].map((partition) => {
  for (let i = 0; ; i++) {
    const key = bytesOf(`k${i}`)
    if (keyHashOfRange(key, 0, key.length) % 2 === partition) return `k${i}`
  }
})

/** A program whose node is the test: what it sends is read, and answered, frame by frame. */
export class AskingProgram implements Link {
  isOpen = true
  queuedBytes = 0
  private frames: Buffer[] = []
  readonly ends: string[] = []
  readonly errors: Error[] = []
  readonly endpoint: ProgramEndpoint

  /** @param knowsServices whether its node does */
  constructor(knowsServices = true, knowsCredit = false, knowsMoves = false) {
    const shell = {
      tellTime: () => undefined,
      nextTurn,
      wake: () => undefined,
      onRouting: () => undefined,
      onViolation: fail,
    }
    this.endpoint = new ProgramEndpoint(shell, 0, 0)
    this.endpoint.setRouting(routing(1))
    this.endpoint.connect(this, knowsServices, knowsCredit, knowsMoves)
  }
  write(source: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += 4 + readU32(source, at)) {
      this.frames.push(Buffer.from(source.subarray(at, at + 4 + readU32(source, at))))
    }
  }
  close(): void {
    this.isOpen = false
  }
  destroy(): void {
    this.isOpen = false
  }
  ask(text: string, partition = 0, options: RequestOptions = {}, service?: string): void {
    this.asked(text, keys[partition]!, options, service)
  }
  askServer(text: string, server: string, options: RequestOptions = {}, service?: string): void {
    this.asked(text, server, options, service, true)
  }
  private asked(text: string, key: string, options: RequestOptions, name?: string, isAddressed?: boolean): void {
    const { origin } = this.endpoint
    const service = name === undefined ? undefined : origin.services.named(name)
    origin.request(FrameType.request, key, bytesOf(text), options, service, isAddressed).then(
      () => this.ends.push(`${text}: reply`),
      (error: unknown) => {
        this.errors.push(error as Error)
        this.ends.push(`${text}: ${(error as { reason: string }).reason}`)
      },
    )
  }
  /** The requests sent since the last call. */
  sent(): Buffer[] {
    this.endpoint.flush()
    return this.frames.splice(0)
  }
  texts(): string[] {
    return this.sent().map((frame) => frame.subarray(bodyStart(frame, 0)).toString())
  }
  /** The answer to a request will be a stream. */
  openStream(request: Buffer): void {
    const outbox = new Outbox(() => undefined)
    const link = new CollectingLink()
    outbox.connect(link)
    const [slot, generation] = [readU32(request, Offset.slot), readU32(request, Offset.generation)]
    writeStreamOpening(outbox, { slot, generation, expiryMs: 0 })
    outbox.flush()
    for (const frame of link.take()) this.endpoint.onFrames(frame, 0, frame.length)
  }
  answer(request: Buffer, status = 0, version = 0): void {
    const frame = new Uint8Array(headerBytes)
    writeHeader(frame, 0, status === 0 ? FrameType.reply : FrameType.failed, 0, 0)
    frame.set(request.subarray(Offset.slot, Offset.keyHash), Offset.slot)
    writeU32(frame, Offset.status, status)
    writeU48(frame, Offset.tableVersion, version)
    this.endpoint.onFrames(frame, 0, frame.length)
  }
}

const fail = (reason: string): void => {
  throw new Error(reason)
}

const nextTurn = (run: () => void): void => {
  run()
}
