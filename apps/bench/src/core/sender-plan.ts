import type { KeyChoice } from './key-choice.ts'

/** When a load ends: after so many requests of each sender, or at a time. Neither: when it is told to. */
export interface LoadLimit {
  /** Requests of each sender; 0 is no limit. */
  readonly loops: number
  /** On the clock that {@link SenderPlan.mayGoOn} is asked with; undefined is no limit. */
  readonly endMs: number | undefined
}

const firstPauseMs = 1
const longestPauseMs = 50

/** What one sender sends next, whether it may, and how long it rests after a failure. */
export class SenderPlan {
  private left: number
  private readonly endMs: number
  private readonly keys: KeyChoice
  private failuresInRow = 0
  private isStopped = false

  constructor(limit: LoadLimit, keys: KeyChoice) {
    this.left = limit.loops === 0 ? Number.POSITIVE_INFINITY : limit.loops
    this.endMs = limit.endMs ?? Number.POSITIVE_INFINITY
    this.keys = keys
  }

  mayGoOn(nowMs: number): boolean {
    return this.left > 0 && nowMs < this.endMs && !this.isStopped
  }

  /** Begins a request: gives its key. */
  next(): string {
    this.left--
    return this.keys.next()
  }

  succeeded(): void {
    this.failuresInRow = 0
  }

  /** Milliseconds to rest: who is refused at once would otherwise do nothing but ask. */
  failed(): number {
    return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(10, this.failuresInRow++))
  }

  stop(): void {
    this.isStopped = true
  }
}
