import type { Clock, Timer } from '@ring/platform'

/** A clock that stands until it is told to go on. */
export class ManualClock implements Clock {
  #nowMs = 1000
  readonly #waiting = new Map<object, { readonly atMs: number; readonly run: () => void }>()

  monotonicMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): Timer {
    const key = {}
    this.#waiting.set(key, { atMs: this.#nowMs + delayMs, run })
    return { cancel: () => void this.#waiting.delete(key) }
  }

  /** How many milliseconds from now something is to happen, each. */
  get due(): readonly number[] {
    return [...this.#waiting.values()].map(({ atMs }) => atMs - this.#nowMs)
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const [next] = [...this.#waiting]
        .filter(([, { atMs }]) => atMs <= untilMs)
        .sort((one, other) => one[1].atMs - other[1].atMs)
      if (next === undefined) break
      const [key, { atMs, run }] = next
      this.#waiting.delete(key)
      this.#nowMs = Math.max(this.#nowMs, atMs)
      run()
    }
    this.#nowMs = untilMs
  }
}

/** Lets the sockets of this process do what they have to, until it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}
