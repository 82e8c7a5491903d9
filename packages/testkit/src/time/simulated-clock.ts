import type { Clock, Timer } from '@ring/platform'
import type { Life } from '../network/life.ts'
import type { EventQueue, QueuedEvent } from './event-queue.ts'

/** The virtual time of a world and its waiting events. */
export interface Timeline {
  readonly nowMs: number
  readonly queue: EventQueue
}

/** How a machine's clocks differ from the world's. Rates are local milliseconds a millisecond of the world. */
export interface ClockOptions {
  readonly rate?: number
  /** Where the monotonic clock stands when the world begins. */
  readonly originMs?: number
  /** What the wall clock shows when the world begins, in milliseconds since the Unix epoch. */
  readonly wallMs?: number
}

const defaultWallMs = Date.UTC(2026, 0, 1)

/** The clocks of one simulated machine; they go on when its process is restarted. */
export class SimulatedMachineClock {
  readonly #timeline: Timeline
  readonly #timers = new Set<MachineTimer>()
  #rate: number
  /** What both clocks had counted when the rate was last changed, and when that was in the world. */
  #countedMs: number
  #wallCountedMs = 0
  #sinceMs = 0
  #wallOffsetMs: number
  #stoodStillMs = 0
  #stoppedAtMs: number | undefined

  constructor(timeline: Timeline, options: ClockOptions = {}) {
    this.#timeline = timeline
    this.#rate = checkedRate(options.rate ?? 1)
    this.#countedMs = options.originMs ?? 0
    this.#wallOffsetMs = options.wallMs ?? defaultWallMs
  }

  /** Local milliseconds a millisecond of the world. */
  get rate(): number {
    return this.#rate
  }

  monotonicMs(): number {
    return (
      this.#countedMs + ((this.#stoppedAtMs ?? this.#timeline.nowMs) - this.#sinceMs - this.#stoodStillMs) * this.#rate
    )
  }

  wallMs(): number {
    return Math.floor(this.#wallOffsetMs + this.#wallCountedMs + (this.#timeline.nowMs - this.#sinceMs) * this.#rate)
  }

  /**
   * From now on both clocks run faster or slower: 1.01 is one per cent fast. Neither jumps, and timers keep to the
   * monotonic clock.
   *
   * @throws RangeError unless the rate is above 0 and finite
   */
  setRate(rate: number): void {
    checkedRate(rate)
    const nowMs = this.#timeline.nowMs
    this.#countedMs = this.monotonicMs()
    this.#wallCountedMs += (nowMs - this.#sinceMs) * this.#rate
    this.#sinceMs = nowMs
    this.#stoodStillMs = 0
    if (this.#stoppedAtMs !== undefined) this.#stoppedAtMs = nowMs
    this.#rate = rate
    for (const timer of this.#timers) this.#arm(timer)
  }

  /** Somebody sets the wall clock: forward, or back. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  /** The monotonic clock stands still, as in a suspended virtual machine. */
  stop(): void {
    this.#stoppedAtMs ??= this.#timeline.nowMs
  }

  goOn(): void {
    if (this.#stoppedAtMs === undefined) return
    this.#stoodStillMs += this.#timeline.nowMs - this.#stoppedAtMs
    this.#stoppedAtMs = undefined
  }

  /** This machine's clock as one life of a process sees it: its timers end with the life. */
  forLife(life: Life): Clock {
    return {
      monotonicMs: () => this.monotonicMs(),
      wallMs: () => this.wallMs(),
      after: (delayMs, run) => this.#after(life, delayMs, run),
    }
  }

  /** How many timers of living processes wait for their time. */
  get timers(): number {
    let count = 0
    for (const timer of this.#timers) if (timer.life.isAlive) count++
    return count
  }

  #after(life: Life, delayMs: number, run: () => void): Timer {
    const timer: MachineTimer = {
      life,
      dueMs: this.monotonicMs() + Math.max(0, delayMs),
      run,
      event: undefined,
      cancelled: false,
    }
    if (life.isAlive) this.#arm(timer)
    return {
      cancel: () => {
        timer.cancelled = true
        this.#disarm(timer)
      },
    }
  }

  #disarm(timer: MachineTimer): void {
    if (timer.event !== undefined) this.#timeline.queue.cancel(timer.event)
    timer.event = undefined
    this.#timers.delete(timer)
  }

  #arm(timer: MachineTimer): void {
    const { queue, nowMs } = this.#timeline
    if (timer.event !== undefined) queue.cancel(timer.event)
    this.#timers.add(timer)
    const restMs = Math.max(0, (timer.dueMs - this.monotonicMs()) / this.#rate)
    timer.event = queue.push(nowMs + restMs, () => {
      timer.event = undefined
      this.#timers.delete(timer)
      timer.life.fire(() => {
        this.#fire(timer)
      })
    })
  }

  #fire(timer: MachineTimer): void {
    if (timer.cancelled) return
    // Not due when the clock stood still meanwhile; the tolerance is for rounding.
    if (this.monotonicMs() < timer.dueMs - 0.001) this.#arm(timer)
    else timer.run()
  }
}

interface MachineTimer {
  readonly life: Life
  readonly dueMs: number
  readonly run: () => void
  event: QueuedEvent | undefined
  cancelled: boolean
}

function checkedRate(rate: number): number {
  if (!(rate > 0 && rate < Number.POSITIVE_INFINITY))
    throw new RangeError(`a clock cannot run at the rate ${rate}: give a number above 0, 1 being the world's own`)
  return rate
}
