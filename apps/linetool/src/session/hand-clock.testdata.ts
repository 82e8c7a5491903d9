import type { Clock } from '@ring/platform'

interface Due {
  readonly atMs: number
  readonly run: () => void
}

/** Virtual time for code of promises: it goes on when a test lets it. */
export class HandClock implements Clock {
  #nowMs = 0
  readonly #due = new Set<Due>()

  monotonicMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return 1_795_000_000_000 + this.#nowMs
  }

  after(delayMs: number, run: () => void): { cancel(): void } {
    const due = { atMs: this.#nowMs + delayMs, run }
    this.#due.add(due)
    return { cancel: () => this.#due.delete(due) }
  }

  /** Runs what is due, in order, until `work` has ended. */
  async runUntil<Result>(work: Promise<Result>): Promise<Result> {
    const state = { isOver: false }
    const end = () => (state.isOver = true)
    work.then(end, end)
    for (;;) {
      // All that can go on without time does.
      for (let turn = 0; turn < 100; turn++) await Promise.resolve()
      await new Promise((resolve) => setImmediate(resolve))
      if (state.isOver) return work
      const [next] = [...this.#due].sort((one, other) => one.atMs - other.atMs)
      if (next === undefined) continue
      this.#due.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.run()
    }
  }
}
