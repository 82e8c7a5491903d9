import { type Clock, PauseWatch, type Timer } from '@ring/platform'

/** Deadlines are kept to within two of these. */
const tickMs = 20
/** So many ticks without anything to wait for, and the ticking stops. */
const idleTicks = 10
/** A stand-still shorter than this was load. */
const shortestPauseMs = 400

export interface PulseEvents {
  onTick(nowMs: number): void
  /** Input or a call follows: end times are counted from now. */
  onTime(nowMs: number): void
  /**
   * The process did not run for `gapMs`, and lately for `awayMs` in all; comes before the input that waited, and before the
   * tick (rule M3).
   */
  onPause(gapMs: number, awayMs: number): void
  /** Nothing has a deadline, nothing waits. */
  isIdle(): boolean
}

/**
 * The time of the data plane: a coarse tick, what the clock says when something begins, and an ear for pauses. Where nothing
 * is out it stops ticking: an idle process wakes for its pause watch alone.
 */
export class Pulse {
  private readonly clock: Clock
  private readonly events: PulseEvents
  private readonly watch: PauseWatch
  private readonly ownsWatch: boolean
  private timer: Timer | undefined
  private isStopped = false
  private idleFor = 0

  /** @param watch the pause watch of the process, where it has one: started and stopped by its owner */
  constructor(clock: Clock, events: PulseEvents, watch?: PauseWatch) {
    this.clock = clock
    this.events = events
    this.ownsWatch = watch === undefined
    this.watch = watch ?? new PauseWatch(clock, { gapMinMs: shortestPauseMs })
    this.watch.onResumed((gapMs, awayMs) => {
      this.paused(gapMs, awayMs)
    })
    if (this.ownsWatch) this.watch.start()
    this.arm()
  }

  /** To be called before input is handled: in Node it may come before the timer that is late. */
  beforeInput(): void {
    const nowMs = this.watch.check()
    if (!this.isAwake) this.stir()
    this.events.onTime(nowMs)
  }

  /** To be called for input that nothing follows from: it tells a pause and the time, and wakes nothing. */
  look(): number {
    const nowMs = this.watch.check()
    this.events.onTime(nowMs)
    return nowMs
  }

  /** To be called when a program asks: its last tick may be as old as the program has computed. */
  beforeCall(): void {
    if (!this.isAwake) this.stir()
    this.events.onTime(this.clock.monotonicMs())
  }

  /** To be called before something passes that does not come as input. */
  checkPause(): void {
    this.watch.glance()
  }

  /** Something begins: the time is told, and it ticks again. */
  stir(): void {
    if (this.isAwake || this.isStopped) return
    // The watch may wake it.
    this.wakeAt(this.watch.check())
  }

  stop(): void {
    this.isStopped = true
    this.timer?.cancel()
    this.timer = undefined
    if (this.ownsWatch) this.watch.stop()
  }

  private get isAwake(): boolean {
    return this.timer !== undefined
  }

  private paused(gapMs: number, awayMs: number): void {
    if (this.isStopped) return
    // The gap is added to the time by who hears of it, so the time told before is that without the gap.
    this.wakeAt(this.clock.monotonicMs() - gapMs)
    this.events.onPause(gapMs, awayMs)
  }

  private wakeAt(nowMs: number): void {
    if (this.isAwake) return
    this.idleFor = 0
    this.arm()
    this.events.onTick(nowMs)
  }

  private arm(): void {
    this.timer = this.clock.after(tickMs, () => {
      this.watch.check()
      this.idleFor = this.events.isIdle() ? this.idleFor + 1 : 0
      if (this.idleFor < idleTicks) this.arm()
      else this.timer = undefined
      this.events.onTick(this.clock.monotonicMs())
    })
  }
}
