import type { NamedService } from '../../frames/service-id.ts'
import type { NotDeliveredReason } from '../../frames/status.ts'
import { HandlerFailedError, NotDeliveredError } from '../errors.ts'
import type { FailureTurn } from './failure-turn.ts'
import type { Key } from './key-route.ts'
import type { RequestOptions } from './request-options.ts'

/** Of a service. Less than the credit of one server program, so that calls to it find room beside a flood of posts. */
export const postsAtMost = 896

/** What became of the posts of a program. The difference to `taken` is on its way. */
export interface PostCounters {
  readonly taken: number
  /** Their handler has ended. */
  readonly handled: number
  /** Certainly reached no handler. */
  readonly notDelivered: number
  /** May have reached one. */
  readonly maybeDelivered: number
  /** Their handler threw. */
  readonly failed: number
}

/** What posts are sent by. */
export interface PostSender {
  readonly failures: FailureTurn
  /** Exactly one of the two is called, later; neither when this returns why it cannot begin. */
  beginPost(
    service: NamedService,
    key: Key,
    body: Uint8Array,
    options: RequestOptions | undefined,
    onHandled: () => void,
    onFailed: (error: Error) => void,
  ): NotDeliveredReason | undefined
}

/** One-way messages of one service without a promise: what becomes of them is counted, and a full window is told by a return value. */
export class Posts {
  readonly counters = { taken: 0, handled: 0, notDelivered: 0, maybeDelivered: 0, failed: 0 }
  private readonly sender: PostSender
  private readonly service: NamedService
  private out = 0
  private hasFailed = false
  private waiting: (() => void)[] = []
  private readonly onHandled = (): void => {
    this.counters.handled++
    this.left()
  }
  private readonly onFailed = (error: Error): void => {
    this.hasFailed = true
    this.count(error)
    this.left()
  }

  constructor(sender: PostSender, service: NamedService) {
    this.sender = sender
    this.service = service
  }

  /**
   * Takes a post, or returns false while too many are out.
   *
   * @throws NotDeliveredError when it cannot even begin
   */
  post(key: Key, body: Uint8Array, options: RequestOptions | undefined): boolean {
    if (this.out >= postsAtMost) return false
    const { sender, service, onHandled, onFailed } = this
    const fault = sender.beginPost(service, key, body, options, onHandled, onFailed)
    if (fault !== undefined) {
      this.hasFailed = true
      throw new NotDeliveredError(fault, { service: service.name })
    }
    this.out++
    this.counters.taken++
    return true
  }

  /** Resolves once a quarter of what may be out is free. */
  room(): Promise<void> {
    if (this.hasRoom && this.hasFailed) {
      // Whoever posts again after a failure lets the loop turn: there may be nobody to take it yet.
      this.hasFailed = false
      return this.sender.failures.passed()
    }
    if (this.hasRoom) return Promise.resolve()
    return new Promise((resolve) => {
      this.waiting.push(resolve)
    })
  }

  private get hasRoom(): boolean {
    return this.out <= postsAtMost * 0.75
  }

  private left(): void {
    this.out--
    if (this.waiting.length === 0 || !this.hasRoom) return
    for (const resolve of this.waiting.splice(0)) resolve()
  }

  private count(error: Error): void {
    if (error instanceof NotDeliveredError) this.counters.notDelivered++
    else if (error instanceof HandlerFailedError) this.counters.failed++
    else this.counters.maybeDelivered++
  }
}
