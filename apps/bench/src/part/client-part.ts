import type { ProgramRouting } from '@ring/messaging'
import { Arrivals } from '../core/arrivals.ts'
import type { BodySizes } from '../core/body-sizes.ts'
import { KeyChoice, type KeyDistribution, keySpace } from '../core/key-choice.ts'
import type { Counts, LoadResult, Mark, RunLimit } from '../core/load-result.ts'
import { RequestBodies } from '../core/request-bodies.ts'
import { SenderPlan } from '../core/sender-plan.ts'
import type { LoadMode } from '../core/settings.ts'
import { Tally } from '../core/tally.ts'
import { ClosedLoad } from '../load/closed-load.ts'
import { type Exchange, exchangeOf } from '../load/exchange.ts'
import type { Load, LoadRun } from '../load/load.ts'
import { OpenLoad } from '../load/open-load.ts'
import { type Attachment, type AttachmentSpec, openAttachment } from './attachment.ts'
import type { Part } from './part.ts'

export interface ClientSpec {
  readonly kind: 'client'
  readonly attachment: AttachmentSpec
  readonly mode: LoadMode
  readonly inFlight: number
  readonly bodyBytes: number
  /** Instead of bodies of `bodyBytes`. */
  readonly sizes?: BodySizes
  readonly keys: number
  readonly keyDistribution?: KeyDistribution
  /** Requests a second of this process, whatever becomes of them; else as fast as answers come. */
  readonly rate?: number
  /** Keep counts over time and what was seen of the ring. */
  readonly overTime?: boolean
  readonly verify: boolean
  readonly idempotent: boolean
  readonly whenFull: 'fail' | 'wait'
  readonly whenDown?: 'fail' | 'wait'
  readonly label: string
  readonly print: boolean
}

/** Every request ends within its deadline; this much more is given to the last ones before they are given up. */
const graceMs = 2_000
const marksAtMost = 200

/** A client program: sends its load, and compares what comes back. */
export class ClientPart implements Part {
  private readonly spec: ClientSpec
  private readonly attachment: Attachment
  private readonly exchange: Exchange
  private readonly keys: readonly string[]
  private readonly show: (line: string) => void
  private tally = new Tally()
  private load: Load | undefined
  private startMs = 0
  private marks: Mark[] = []
  private endDraining: (() => void) | undefined

  constructor(spec: ClientSpec, attachment: Attachment, show: (line: string) => void) {
    this.spec = spec
    this.attachment = attachment
    this.show = show
    this.keys = keySpace(spec.keys)
    const { idempotent, whenFull, whenDown = 'fail', verify, mode } = spec
    const isPlain = !idempotent && whenFull === 'fail' && whenDown === 'fail'
    const request = isPlain ? undefined : { idempotent, whenFull, whenDown }
    this.exchange = exchangeOf(attachment.program, mode, { verify, request })
    if (spec.overTime === true) attachment.program.onRouting((routing) => this.routingChanged(routing))
  }

  static async open(spec: ClientSpec, show: (line: string) => void, signal: AbortSignal): Promise<ClientPart> {
    return new ClientPart(spec, await openAttachment(spec.attachment, signal), show)
  }

  async run({ loops, durationMs, inFlight = this.spec.inFlight }: RunLimit): Promise<LoadResult> {
    const { overTime = false, print } = this.spec
    this.tally = new Tally({ overTime })
    this.startMs = performance.now()
    this.marks = []
    const { exchange, tally, startMs, show } = this
    const load = this.loadOf({ exchange, tally, startMs, show: print ? show : undefined }, loops, durationMs, inFlight)
    this.load = load
    const drained = new Promise<void>((resolve) => {
      this.endDraining = resolve
    })
    const timer = durationMs === undefined ? undefined : setTimeout(() => this.stop(), durationMs)
    await Promise.race([load.run(), drained])
    clearTimeout(timer)
    const { unsent } = load
    const elapsedMs = performance.now() - startMs
    const marks = overTime ? this.marks : undefined
    const seen = { ...(marks && { marks }), ...(unsent !== undefined && { unsent }) }
    return { kind: 'asked', elapsedMs, tally: tally.toRecord(), ...seen }
  }

  stop(): void {
    this.load?.stop()
    // Of this run: a later one has an end of its own.
    const { endDraining } = this
    setTimeout(() => endDraining?.(), this.spec.attachment.deadlineMs + graceMs).unref()
  }

  counts(): Counts {
    const { sent, replied, failures } = this.tally
    return { sent, done: replied, failures }
  }

  close(): Promise<void> {
    return this.attachment.close()
  }

  private loadOf(run: LoadRun, loops: number, durationMs: number | undefined, inFlight: number): Load {
    const { rate } = this.spec
    const bodies = Array.from({ length: inFlight }, (_, sender) => this.bodiesOf(sender))
    if (rate !== undefined) {
      return new OpenLoad(new Arrivals(rate, run.startMs, durationMs), this.keyChoice(0), bodies, run)
    }
    const limit = { loops, endMs: durationMs === undefined ? undefined : run.startMs + durationMs }
    const senders = bodies.map((each, sender) => ({
      plan: new SenderPlan(limit, this.keyChoice(sender)),
      bodies: each,
    }))
    return new ClosedLoad(senders, run)
  }

  private keyChoice(sender: number): KeyChoice {
    return new KeyChoice(this.keys, this.spec.keyDistribution ?? 'in-turn', Math.random, sender)
  }

  private bodiesOf(sender: number): RequestBodies {
    const { label, bodyBytes, sizes = { kind: 'fixed', bytes: bodyBytes } } = this.spec
    return new RequestBodies(
      `ring-bench ${process.pid} ${sender}${label === '' ? '' : ` ${label}`}`,
      sizes,
      Math.random,
    )
  }

  private routingChanged({ version, servers }: ProgramRouting): void {
    if (this.marks.length >= marksAtMost) return
    const up = servers.filter((server) => server.up).length
    this.marks.push({
      atMs: performance.now() - this.startMs,
      text: `version ${version}: ${up} of ${servers.length} servers up`,
    })
  }
}
