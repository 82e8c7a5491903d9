import type { Clock, Timer } from '@ring/platform'
import type { EventQueue } from './event-queue.ts'
import type { Life } from './life.ts'

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
  readonly #rate: number
  readonly #originMs: number
  #wallOffsetMs: number
  #stoodStillMs = 0
  #stoppedAtMs: number | undefined

  constructor(timeline: Timeline, options: ClockOptions = {}) {
    this.#timeline = timeline
    this.#rate = options.rate ?? 1
    this.#originMs = options.originMs ?? 0
    this.#wallOffsetMs = options.wallMs ?? defaultWallMs
  }

  monotonicMs(): number {
    const worldMs = this.#stoppedAtMs ?? this.#timeline.nowMs
    return this.#originMs + (worldMs - this.#stoodStillMs) * this.#rate
  }

  wallMs(): number {
    return Math.floor(this.#wallOffsetMs + this.#timeline.nowMs * this.#rate)
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

  #after(life: Life, delayMs: number, run: () => void): Timer {
    const dueMs = this.monotonicMs() + Math.max(0, delayMs)
    let cancelled = false
    const arm = (): void => {
      const restMs = Math.max(0, (dueMs - this.monotonicMs()) / this.#rate)
      this.#timeline.queue.push(this.#timeline.nowMs + restMs, () => {
        life.fire(fire)
      })
    }
    const fire = (): void => {
      if (cancelled) return
      // Not due when the clock stood still meanwhile; the tolerance is for rounding.
      if (this.monotonicMs() < dueMs - 0.001) arm()
      else run()
    }
    if (life.isAlive) arm()
    return {
      cancel: () => {
        cancelled = true
      },
    }
  }
}
