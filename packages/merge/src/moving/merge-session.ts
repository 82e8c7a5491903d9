import type { Clock, Logger, Timer } from '@ring/platform'
import type { Giver, MergePlan } from '../core/moving/merge-plan.ts'
import { type Batch, Pulling, type PullProgress, type Read } from '../core/moving/pulling.ts'
import type { Selection } from '../core/moving/selection.ts'
import type { DataRules } from '../core/service/data-rules.ts'
import { type DataRequest, dataAnswerOf, packData } from './data-messages.ts'

/** What a merge at one server needs of its node. */
export interface SessionHost {
  readonly self: string
  readonly clock: Clock
  readonly logger: Logger
  /** Asks the data program of a server; this one's own too. */
  ask(server: string, body: Uint8Array, deadlineMs: number): Promise<Uint8Array>
  /** Whether a program that holds data is attached here. */
  hasData(): boolean
  /** Whether the program knows how all merges before this one have ended: until then it is told nothing of this one. */
  knowsEnds(): boolean
  /** Whether programs of that server hold data; undefined while that is not known. */
  holdsData(server: string): boolean | undefined
  /** The last closing for which this life has said that it writes nothing more of what it gives; 0 for none. */
  closedAt(giver: Giver, merge: string): number
  readonly rules: DataRules
  /** The session has come further; it is to be looked at. */
  changed(): void
}

const askMs = 10_000
const batchBytes = 256 * 1024
const retryMs = 300
/** So long it is looked at again in any case: programs come, and others say that they have none. */
const lookMs = 200

/**
 * One merge at one server, while it lasts: its program is told of the beginning, gets what it is to hold in rounds, and closes
 * what it gives. What others are told of it they ask of {@link MergeSession.isDone} and its like.
 */
export class MergeSession {
  readonly id: string
  readonly #host: SessionHost
  #plan: MergePlan
  #pulling: Pulling
  #began: 'no' | 'asked' | 'yes' = 'no'
  /** For which closing all requests have ended here, and which one the program has closed, or is being asked to. */
  #drainedAt = 0
  #closedAt = 0
  #closing: number | undefined
  #timer: Timer | undefined
  #isOver = false
  #isOpening = false
  #order: Promise<unknown> = Promise.resolve()
  #why: string | undefined

  constructor(plan: MergePlan, host: SessionHost) {
    this.id = plan.id
    this.#plan = plan
    this.#host = host
    this.#pulling = this.#pullingAnew()
  }

  #pullingAnew(): Pulling {
    const { rules, closedAt } = this.#host
    return new Pulling(this.#plan, (giver) =>
      rules.readsAfterClosed ? closedAt(giver, this.id) : (this.#plan.closingAt ?? 0),
    )
  }

  get progress(): PullProgress {
    return this.#pulling.progress
  }

  /** Why it does not go on, for people. */
  get why(): string | undefined {
    return this.#why
  }

  /** All but the last of what this server is to hold is here. */
  get isDone(): boolean {
    return this.#pulling.isDone
  }

  /** What it gives is closed, for the closing that is under way. */
  get isClosed(): boolean {
    const { closingAt, gives } = this.#plan
    return closingAt !== undefined && (gives === undefined || this.#closedAt === closingAt)
  }

  /** The program has not heard yet that what it closed is open again. */
  get isOpening(): boolean {
    return this.#isOpening
  }

  get isFilled(): boolean {
    return this.#pulling.isFilled
  }

  get gained(): readonly Selection[] {
    return this.#pulling.selections
  }

  setPlan(plan: MergePlan): void {
    const wasClosing = this.#plan.closingAt
    this.#plan = plan
    this.#pulling.setPlan(plan)
    if (wasClosing !== undefined && plan.closingAt === undefined) this.#open()
    this.drive()
  }

  /** All that was given to programs here before this closing has ended. */
  drained(closingAt: number): void {
    this.#drainedAt = closingAt
    this.drive()
  }

  /** The program that had all this is gone; the next one begins anew. */
  emptied(): void {
    this.#pulling = this.#pullingAnew()
    this.#began = 'no'
    this.#closedAt = 0
    this.#closing = undefined
    this.drive()
  }

  /** @returns once nothing that was asked of the program here is out any more */
  end(): Promise<unknown> {
    this.#isOver = true
    this.#timer?.cancel()
    return this.#order
  }

  /** Does what can be done now. */
  drive(): void {
    if (this.#isOver || !this.#host.knowsEnds()) return
    this.#timer?.cancel()
    if (this.#host.hasData()) this.#begin()
    const mayPull = this.#began === 'yes' || !this.#host.hasData()
    if (mayPull) this.#pull()
    this.#close()
    const nextMs = mayPull ? this.#pulling.nextMs : undefined
    const inMs = nextMs === undefined ? lookMs : Math.max(0, Math.min(lookMs, nextMs - this.#nowMs))
    this.#timer = this.#host.clock.after(inMs, () => this.drive())
  }

  get #nowMs(): number {
    return this.#host.clock.monotonicMs()
  }

  #begin(): void {
    if (this.#began !== 'no') return
    this.#began = 'asked'
    const { id: merge, isReturning } = this.#plan
    this.#inOrder({ op: 'begin', merge, isReturning }).then(
      () => {
        this.#began = 'yes'
        this.drive()
      },
      (error: unknown) => this.#failed('begin', error, () => void (this.#began = 'no')),
    )
  }

  #pull(): void {
    const pulling = this.#pulling
    for (const read of pulling.next(this.#nowMs)) {
      const { server } = read.from
      // Who has no program for data, and does not know whether there is any, looks again.
      if (!this.#host.hasData() && this.#host.holdsData(server) === undefined) {
        pulling.failed(read, this.#nowMs)
        continue
      }
      this.#take(read, pulling)
        .then(
          (batch) => pulling.written(read, batch, this.#nowMs),
          (error: unknown) => {
            pulling.failed(read, this.#nowMs)
            this.#note(`reading from ${read.from.server}`, error)
          },
        )
        .finally(() => {
          if (this.#isOver) return
          this.#host.changed()
          this.drive()
        })
    }
  }

  /** Nobody there ever held anything: then there is nothing to be had. */
  async #take(read: Read, pulling: Pulling): Promise<Batch> {
    const { from, select, since } = read
    if (this.#host.holdsData(from.server) === false) return { count: 0, bytes: 0, mark: since, more: false }
    if (!this.#host.hasData()) throw new Error(`no program here takes data: attach one that serves it`)
    const body = packData({
      op: 'read',
      merge: this.id,
      select: [...select],
      since,
      maxBytes: batchBytes,
    } as DataRequest)
    const answer = dataAnswerOf(await this.#host.ask(from.server, body, askMs))
    // By now the program may be another, or take part in another merge.
    if (this.#isOver || this.#pulling !== pulling) throw new Error('it answered too late')
    if (!answer) throw new Error('its program answered what is no answer to a read')
    const { items, count, mark, more } = answer
    if (mark < since || (more && mark === since)) throw new Error('its program answered a mark that does not go on')
    if (count > 0) await this.#own({ op: 'write', merge: this.id, items })
    this.#why = undefined
    return { count, bytes: items.length, mark, more }
  }

  #close(): void {
    const { closingAt, gives } = this.#plan
    if (closingAt === undefined || gives === undefined || this.#isRunning(closingAt)) return
    if (this.#closedAt === closingAt || this.#closing === closingAt) return
    if (!this.#host.hasData()) {
      this.#closedAt = closingAt
      return this.#host.changed()
    }
    if (this.#began !== 'yes') return
    this.#closing = closingAt
    this.#inOrder({ op: 'close', merge: this.id, select: [...gives] } as DataRequest).then(
      () => {
        if (this.#closing !== closingAt) return
        this.#closing = undefined
        this.#closedAt = closingAt
        this.#host.changed()
      },
      (error: unknown) => this.#failed('close', error, () => void (this.#closing = undefined)),
    )
  }

  /** Whether something that was given to programs before this closing may still run. */
  #isRunning(closingAt: number): boolean {
    return this.#host.rules.closesAfterDrain && this.#drainedAt !== closingAt
  }

  #open(): void {
    const hadClosed = this.#closedAt > 0 || this.#closing !== undefined
    this.#closedAt = 0
    this.#closing = undefined
    if (!hadClosed || this.#isOver) return
    this.#isOpening = this.#host.hasData()
    if (!this.#isOpening) return
    this.#inOrder({ op: 'open', merge: this.id }).then(
      () => {
        this.#isOpening = false
        this.#host.changed()
      },
      (error: unknown) => {
        this.#note('open', error)
        this.#host.clock.after(retryMs, () => this.#isOpening && this.#openAgain())
      },
    )
  }

  /** Unless it is to be closed again by now. */
  #openAgain(): void {
    if (this.#plan.closingAt !== undefined) this.#isOpening = false
    else {
      this.#closing = 0
      this.#open()
    }
  }

  #own(request: DataRequest): Promise<Uint8Array> {
    return this.#host.ask(this.#host.self, packData(request), askMs)
  }

  /** One after the other: what is closed and opened again is open in the end. */
  #inOrder(request: DataRequest): Promise<Uint8Array> {
    const answer = this.#order.then(() => this.#own(request))
    this.#order = answer.catch(() => undefined)
    return answer
  }

  #failed(what: string, error: unknown, again: () => void): void {
    this.#note(what, error)
    this.#host.clock.after(retryMs, () => {
      again()
      this.drive()
    })
  }

  #note(what: string, error: unknown): void {
    if (this.#isOver) return
    const text = error instanceof Error ? error.message : String(error)
    this.#why = `${what}: ${text}`.slice(0, 300)
    this.#host.logger.warn({ event: 'merge.held-up', merge: this.id, what, err: error }, 'a merge does not go on')
  }
}
