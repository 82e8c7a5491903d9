import type { Clock, Timer } from '@ring/platform'

/** Deadlines are kept to within two of these. */
const tickMs = 20
/** A tick that is later than this was not load: the process, or its machine, stood still. */
const shortestPauseMs = 500

export interface PulseEvents {
  onTick(nowMs: number): void
  /** The process did not run for `gapMs`; comes before the input that waited, and before the tick (rule M3). */
  onPause(gapMs: number): void
}

/** The coarse tick of the data plane, and its ear for pauses. */
export class Pulse {
  private readonly clock: Clock
  private readonly events: PulseEvents
  private timer: Timer | undefined
  private lastMs: number

  constructor(clock: Clock, events: PulseEvents) {
    this.clock = clock
    this.events = events
    this.lastMs = clock.monotonicMs()
    this.arm()
  }

  /** To be called before input is handled: in Node it may come before the timer that is late. */
  beforeInput(): void {
    const nowMs = this.clock.monotonicMs()
    const gapMs = nowMs - this.lastMs - tickMs
    if (gapMs < shortestPauseMs) return
    this.lastMs = nowMs
    this.events.onPause(gapMs)
  }

  stop(): void {
    this.timer?.cancel()
    this.timer = undefined
  }

  private arm(): void {
    this.timer = this.clock.after(tickMs, () => {
      this.beforeInput()
      this.lastMs = this.clock.monotonicMs()
      this.arm()
      this.events.onTick(this.lastMs)
    })
  }
}
