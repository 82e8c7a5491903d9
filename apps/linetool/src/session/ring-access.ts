import { readDumpReply } from '@ring/control-protocol'
import { type Clock, RingError, thrownText } from '@ring/platform'
import { NoRingError, UsageError } from '../core/errors.ts'
import { Gathering, type Question, type Seed } from '../core/ring/gathering.ts'
import type { NodeAddress } from '../core/ring/node-address.ts'
import { answered, type NodeAnswer, type RingPicture } from '../core/ring/picture.ts'
import { withoutControls } from '../core/ring/reply.ts'
import { type AskOptions, type ControlPort, ControlPortError } from './control-port.ts'
import { inParallel } from './in-parallel.ts'

/** Who can be asked. */
export interface Asked {
  readonly label: string
  readonly addresses: readonly NodeAddress[]
}

export type Answered =
  | { readonly kind: 'reply'; readonly text: string }
  | { readonly kind: 'failed'; readonly code: string; readonly why: string; readonly mayHaveHappened: boolean }

export interface LookOptions extends AskOptions {
  /** What is known is taken where it is there. */
  readonly noUpdate?: boolean
  /** Only the nodes that are configured. */
  readonly seedsOnly?: boolean
}

export interface RingAccessOptions {
  readonly port: ControlPort
  readonly clock: Clock
  readonly parallel: number
  readonly group: string | undefined
  /** The nodes that are known before anybody was asked; looked up when they are first needed. */
  readonly seeds: () => Promise<readonly Seed[]>
  /** Nodes of several groups are no ring; without it, the check tells of them. */
  readonly oneGroup?: () => boolean
  /** Each request and its end, for who wants to see them. */
  readonly told?: (label: string, command: string, answered: Answered, tookMs: number) => void
  readonly remark?: (text: string) => void
}

const mostKept = 512
const saidMost = 160

/** The nodes of one ring, and what they said last. */
export class RingAccess {
  readonly #options: RingAccessOptions
  #seeds: readonly Seed[] | undefined
  #picture: RingPicture | undefined

  constructor(options: RingAccessOptions) {
    this.#options = options
  }

  /** What is known without asking anybody; for completion. */
  get known(): RingPicture | undefined {
    return this.#picture
  }

  /** The nodes that were configured or found on this machine. */
  async seeds(): Promise<readonly Seed[]> {
    return (this.#seeds ??= await this.#options.seeds())
  }

  /**
   * The ring as its nodes tell it.
   *
   * @throws NoRingError when nobody answers
   */
  async look({ noUpdate = false, seedsOnly = false, ...ask }: LookOptions): Promise<RingPicture> {
    if (noUpdate && this.#picture !== undefined) return this.#picture
    const { group, clock, parallel, remark } = this.#options
    const gathering = new Gathering(await this.seeds(), {
      fromSeedsOnly: seedsOnly,
      ...(group !== undefined && { group }),
    })
    for (let asked = gathering.next(); asked.length > 0; asked = gathering.next()) {
      await inParallel(asked, parallel, async (question) => gathering.take(question, await this.#dump(question, ask)))
    }
    const isFoundHere = this.#options.oneGroup?.() === true
    if (!isFoundHere) for (const text of gathering.remarks) remark?.(text)
    const whole = gathering.picture(clock.wallMs())
    const picture = isFoundHere ? withoutStrangers(whole) : whole
    if (isFoundHere && group === undefined) checkOneGroup(picture)
    // None of a part of the ring, which would be taken for the whole.
    if (!seedsOnly) this.#picture = picture
    if (picture.nodes.some(({ answer }) => answer.kind === 'dump')) return picture
    throw nobodyAnswers(picture)
  }

  /** Asks one node; where it has several addresses, the next one after a failure that left nothing behind. */
  async ask({ label, addresses }: Asked, command: string, options: AskOptions): Promise<Answered> {
    const { clock, told } = this.#options
    const startMs = clock.monotonicMs()
    let end: Answered = failedWith(new ControlPortError('RING_LINETOOL_NO_ADDRESS', 'it has no address', false))
    for (const address of addresses) {
      end = await this.#askAt(address, command, options)
      if (end.kind === 'reply' || end.mayHaveHappened) break
    }
    told?.(label, command, end, clock.monotonicMs() - startMs)
    options.signal.throwIfAborted()
    return end
  }

  async #askAt(address: NodeAddress, command: string, options: AskOptions): Promise<Answered> {
    try {
      return { kind: 'reply', text: await this.#options.port.ask(address, command, options) }
    } catch (error) {
      return failedWith(error)
    }
  }

  async #dump(question: Question, options: AskOptions): Promise<NodeAnswer> {
    const said = await this.ask(question, 'DUMP JSON', options)
    if (said.kind === 'failed') return { kind: 'silent', code: said.code, why: said.why }
    return dumpAnswer(said.text)
  }
}

/** Of the nodes that run, or ran, on this machine those that nobody of the ring lists have nothing to do with it. */
function withoutStrangers(picture: RingPicture): RingPicture {
  const nodes = picture.nodes.filter(({ id, answer }) => answer.kind === 'dump' || id !== undefined)
  return nodes.length > 0 ? { ...picture, nodes } : picture
}

/** What a reply to DUMP says; one that cannot be read is as good as none. */
export function dumpAnswer(reply: string): NodeAnswer {
  try {
    return { kind: 'dump', dump: readDumpReply(reply) }
  } catch (error) {
    const isText = !reply.startsWith('{') && reply.trim() !== ''
    const why = withoutControls(isText ? reply.trim() : thrownText(error))
      .replaceAll(/\s+/g, ' ')
      .slice(0, saidMost)
    const code = error instanceof RingError ? error.code : 'RING_LINETOOL_REPLY'
    return { kind: 'silent', code, why: `it answers what is no dump: ${why}` }
  }
}

function failedWith(error: unknown): Answered {
  const isKnown = error instanceof ControlPortError
  const why = withoutControls(thrownText(error)).slice(0, mostKept)
  return {
    kind: 'failed',
    code: isKnown ? error.code : 'RING_LINETOOL_ASK',
    why,
    mayHaveHappened: isKnown && error.mayHaveHappened,
  }
}

/** @throws UsageError */
function checkOneGroup(picture: RingPicture): void {
  const groups = [...new Set(answered(picture).map(({ dump }) => dump.group))]
  if (groups.length < 2) return
  throw new UsageError(`Nodes of several groups run here: ${groups.slice(0, 8).join(', ')}. Name one with --group.`)
}

function nobodyAnswers({ nodes }: RingPicture): NoRingError {
  const shown = nodes.slice(0, 4).map(({ label, answer }) => `${label} (${answer.kind === 'silent' ? answer.why : ''})`)
  const more = nodes.length > shown.length ? ` and ${nodes.length - shown.length} others` : ''
  return new NoRingError(
    `No node answers: ${shown.join(', ')}${more}. Start a node, or name another one with --host or --config.`,
  )
}
