/**
 * One life of a simulated process: what is scheduled for it runs only while it lives, and waits while it is paused.
 * After a pause the process is told first, then what arrived meanwhile is given to it, then its timers run (rule M3).
 */
export class Life {
  readonly number: number
  #state: 'running' | 'paused' | 'ended' = 'running'
  #input: (() => void)[] = []
  #timers: (() => void)[] = []
  readonly #endings = new Set<() => void>()

  constructor(number: number) {
    this.number = number
  }

  get isAlive(): boolean {
    return this.#state !== 'ended'
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  /** Something from outside reaches the process: now, or after its pause. */
  deliver(run: () => void): void {
    if (this.#state === 'running') run()
    else if (this.#state === 'paused') this.#input.push(run)
  }

  /** A timer of the process is due: it runs now, or after its pause and after what waited. */
  fire(run: () => void): void {
    if (this.#state === 'running') run()
    else if (this.#state === 'paused') this.#timers.push(run)
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused'
  }

  resume(tell: () => void): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    const waiting = [tell, ...this.#input, ...this.#timers]
    this.#input = []
    this.#timers = []
    // What runs may pause or end the process: the rest then waits again, or is gone.
    for (const run of waiting) this.deliver(run)
  }

  /** Calls `run` when this life ends, whatever ends it. What it returns takes that back. */
  whenEnded(run: () => void): () => void {
    this.#endings.add(run)
    return () => {
      this.#endings.delete(run)
    }
  }

  end(): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#input = []
    this.#timers = []
    const endings = [...this.#endings]
    this.#endings.clear()
    for (const run of endings) run()
  }
}
