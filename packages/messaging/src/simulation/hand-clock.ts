import type { Clock } from '@ring/platform'

/** A clock that stands until it is moved; timers run when they are asked to. */
export class HandClock implements Clock {
  now = 0
  private timers: { at: number; run: () => void }[] = []
  monotonicMs = (): number => this.now
  wallMs = (): number => this.now
  after(delayMs: number, run: () => void): { cancel(): void } {
    const timer = { at: this.now + delayMs, run }
    this.timers.push(timer)
    return {
      cancel: () => {
        this.timers = this.timers.filter((one) => one !== timer)
      },
    }
  }
  /** Time passes while the process runs: each timer on its time. */
  pass(ms: number): void {
    const end = this.now + ms
    for (;;) {
      const next = Math.min(...this.timers.map(({ at }) => at))
      if (next > end) break
      this.now = Math.max(this.now, next)
      this.fire()
    }
    this.now = end
  }
  fire(): void {
    const due = this.timers.filter(({ at }) => at <= this.now)
    this.timers = this.timers.filter(({ at }) => at > this.now)
    for (const { run } of due) run()
  }
}
