import { Histogram, type HistogramRecord } from './histogram.ts'
import { Timeline, type TimelineRecord } from './timeline.ts'

/** How a request that got no right answer ended, as its error's code says. */
export type FailureKind = 'notDelivered' | 'maybeDelivered' | 'failed'

/** A tally as it travels between processes. */
export interface TallyRecord {
  readonly sent: number
  readonly replied: number
  readonly notDelivered: number
  readonly maybeDelivered: number
  readonly failed: number
  readonly wrong: number
  readonly answers: number
  readonly slowestFailureMs: number
  readonly errors: Readonly<Record<string, number>>
  readonly latency: HistogramRecord
  /** Where it was asked for. */
  readonly timeline?: TimelineRecord
}

/** Kinds of errors that are told apart; a flood of invented codes must not cost memory. */
const errorKindsAtMost = 64
const otherErrors = 'OTHER'

/** The kind of a failure, by its stable code: what is neither kind of non-delivery has failed. */
export function failureKind(code: string): FailureKind {
  if (code.startsWith('RING_NOT_DELIVERED')) return 'notDelivered'
  return code.startsWith('RING_MAYBE_DELIVERED') ? 'maybeDelivered' : 'failed'
}

/** The code of an error; its class where it has none. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN'
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : error.name
}

/**
 * The books of a load: each request that was sent is entered once more when it ends, as replied, not delivered, may have
 * been delivered, or failed. A wrong reply is a reply, and is counted as wrong besides.
 */
export class Tally {
  sent = 0
  replied = 0
  notDelivered = 0
  maybeDelivered = 0
  failed = 0
  wrong = 0
  /** Single answers of broadcasts and replicates. */
  answers = 0
  /** How long the sender of the worst failure had to wait to hear of it. */
  slowestFailureMs = 0
  readonly latency = new Histogram()
  private readonly timeline: Timeline | undefined
  private readonly errors = new Map<string, number>()

  constructor({ overTime = false }: { readonly overTime?: boolean } = {}) {
    if (overTime) this.timeline = new Timeline()
  }

  /** Requests that were sent and have not ended. */
  get outstanding(): number {
    return this.sent - this.replied - this.notDelivered - this.maybeDelivered - this.failed
  }

  get failures(): number {
    return this.notDelivered + this.maybeDelivered + this.failed
  }

  /**
   * @param ms how long it took
   * @param atMs when that was, since the beginning of the run
   */
  reply(isRight: boolean, ms: number, atMs = 0): void {
    this.replied++
    if (!isRight) this.wrong++
    this.latency.record(ms)
    this.timeline?.reply(atMs, ms)
  }

  /** A request has ended without a reply; times as for {@link Tally.reply}. */
  failure(code: string, ms: number, atMs = 0): void {
    this[failureKind(code)]++
    this.timeline?.failure(atMs)
    if (ms > this.slowestFailureMs) this.slowestFailureMs = ms
    this.note(code)
  }

  /** An error within a request that is entered on its own: one server's of a broadcast. */
  note(code: string): void {
    const kind = this.errors.has(code) || this.errors.size < errorKindsAtMost ? code : otherErrors
    this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1)
  }

  add(record: TallyRecord): void {
    this.sent += record.sent
    this.replied += record.replied
    this.notDelivered += record.notDelivered
    this.maybeDelivered += record.maybeDelivered
    this.failed += record.failed
    this.wrong += record.wrong
    this.answers += record.answers
    this.slowestFailureMs = Math.max(this.slowestFailureMs, record.slowestFailureMs)
    for (const [code, count] of Object.entries(record.errors)) {
      this.errors.set(code, (this.errors.get(code) ?? 0) + count)
    }
    this.latency.add(record.latency)
    if (record.timeline !== undefined) this.timeline?.add(record.timeline)
  }

  toRecord(): TallyRecord {
    const { sent, replied, notDelivered, maybeDelivered, failed, wrong, answers, slowestFailureMs } = this
    const errors = Object.fromEntries(this.errors)
    return {
      sent,
      replied,
      notDelivered,
      maybeDelivered,
      failed,
      wrong,
      answers,
      slowestFailureMs,
      errors,
      latency: this.latency.toRecord(),
      ...(this.timeline && { timeline: this.timeline.toRecord() }),
    }
  }
}
