import type { Clock, Timer } from '@ring/platform'
import type { Chance } from './simulated-ring.ts'
import type { WireEnd, WireNetwork } from './wire.ts'

interface Due {
  atMs: number
  readonly order: number
  readonly run: () => void
  readonly isTimer: boolean
}

/** A process that can stand still: its timers and its input then wait, and either may come first when it wakes. */
export class PausingProcess implements Clock {
  readonly name: string
  readonly pauses: { readonly fromMs: number; readonly toMs: number }[] = []
  private readonly world: PausingWorld
  private waiting: Due[] = []
  /** How long its monotonic clock stood. */
  private sleptMs = 0

  constructor(name: string, world: PausingWorld) {
    this.name = name
    this.world = world
  }

  monotonicMs = (): number => this.world.nowMs - this.sleptMs
  wallMs = (): number => this.world.nowMs

  after(delayMs: number, run: () => void): Timer {
    const due = this.add(delayMs, run, true)
    return {
      cancel: () => {
        this.waiting = this.waiting.filter((one) => one !== due)
      },
    }
  }

  add(delayMs: number, run: () => void, isTimer: boolean): Due {
    const due = { atMs: this.world.nowMs + delayMs, order: this.world.nextOrder(), run, isTimer }
    this.waiting.push(due)
    return due
  }

  /** @param sleeps its monotonic clock stands meanwhile, as that of a machine that is suspended may */
  pause(ms: number, sleeps: boolean): void {
    if (this.isPaused) return
    if (sleeps) {
      this.sleptMs += ms
      for (const one of this.waiting) if (one.isTimer) one.atMs += ms
    }
    this.pauses.push({ fromMs: this.world.nowMs, toMs: this.world.nowMs + ms })
  }

  get isPaused(): boolean {
    return (this.pauses.at(-1)?.toMs ?? 0) > this.world.nowMs
  }

  /** How long it stood still between two moments. */
  pausedMs(fromMs: number, toMs: number): number {
    const overlaps = this.pauses.map((one) => Math.min(one.toMs, toMs) - Math.max(one.fromMs, fromMs))
    return overlaps.reduce((sum, ms) => sum + Math.max(0, ms), 0)
  }

  get nextMs(): number {
    const wakesMs = this.pauses.at(-1)?.toMs ?? 0
    return Math.max(wakesMs, Math.min(...this.waiting.map(({ atMs }) => atMs)))
  }

  /** Runs what is due, in turns, as an event loop does: all timers, or all input, first. */
  run(timersFirst: boolean): void {
    for (const isTimer of timersFirst ? [true, false] : [false, true]) {
      const due = this.waiting.filter((one) => one.isTimer === isTimer && one.atMs <= this.world.nowMs)
      due.sort((one, other) => one.atMs - other.atMs || one.order - other.order)
      for (const one of due) {
        if (!this.waiting.includes(one)) continue
        this.waiting = this.waiting.filter((other) => other !== one)
        one.run()
      }
    }
  }
}

/** Processes on one time that only this moves. */
export class PausingWorld implements WireNetwork {
  nowMs = 1_000
  readonly chance: Chance
  readonly processes = new Map<string, PausingProcess>()
  private orders = 0

  constructor(chance: Chance) {
    this.chance = chance
  }

  nextOrder(): number {
    return this.orders++
  }

  process(name: string): PausingProcess {
    const one = new PausingProcess(name, this)
    this.processes.set(name, one)
    return one
  }

  /** Each takes the same while, so the order of a connection is kept. */
  carry(to: WireEnd, arrives: () => void): void {
    this.processes.get(to.owner)!.add(latencyMs, arrives, false)
  }

  /** Lets time pass, event by event. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms
    for (;;) {
      const processes = [...this.processes.values()]
      const nextMs = Math.min(...processes.map((one) => one.nextMs))
      if (nextMs > endMs) break
      this.nowMs = Math.max(this.nowMs, nextMs)
      for (const one of processes) if (one.nextMs <= this.nowMs) one.run(this.chance.below(2) === 0)
      // What programs in the node's process do.
      await new Promise(setImmediate)
    }
    this.nowMs = endMs
  }
}

const latencyMs = 2
