import { InvariantViolation } from './invariant-violation.ts'

export interface CompletionOptions {
  /** How long something may take, in milliseconds of the world. */
  readonly withinMs: number
  /** When the bound begins to count at the earliest: the end of the trouble. Default 0. */
  readonly fromMs?: number
}

/** Whatever began ends within a bound: every join, every leave, every request. */
export class Completion {
  readonly #withinMs: number
  readonly #fromMs: number
  readonly #open = new Map<string, number>()
  #count = 0

  constructor(options: CompletionOptions) {
    this.#withinMs = options.withinMs
    this.#fromMs = options.fromMs ?? 0
  }

  /** @param what a name of its own for each thing that begins: `join of b #3` */
  began(nowMs: number, what: string): void {
    if (this.#open.has(what)) throw new RangeError(`"${what}" has begun already: give each thing a name of its own`)
    this.#open.set(what, nowMs)
  }

  /** It ended, well or badly; too late is a violation, too. */
  ended(nowMs: number, what: string): void {
    const beganMs = this.#open.get(what)
    if (beganMs === undefined) throw new InvariantViolation('completion', `"${what}" ended, and was not under way`)
    this.#checkOne(nowMs, what, beganMs)
    this.#open.delete(what)
    this.#count++
  }

  /** Whoever waited for it is gone. */
  abandoned(what: string): void {
    this.#open.delete(what)
  }

  /** How many things ended in time. */
  get count(): number {
    return this.#count
  }

  /** What is under way. */
  get open(): readonly string[] {
    return [...this.#open.keys()]
  }

  /** Whether something is overdue. To be called now and then, and at the end. */
  check(nowMs: number): void {
    for (const [what, beganMs] of this.#open) this.#checkOne(nowMs, what, beganMs)
  }

  #checkOne(nowMs: number, what: string, beganMs: number): void {
    const tookMs = nowMs - Math.max(beganMs, this.#fromMs)
    if (tookMs <= this.#withinMs) return
    throw new InvariantViolation(
      'completion',
      `"${what}", begun at ${beganMs.toFixed(3)} ms, has taken ${tookMs.toFixed(0)} ms, and may take ${this.#withinMs}`,
    )
  }
}
