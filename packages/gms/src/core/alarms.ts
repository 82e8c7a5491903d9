/** The deadlines of a core, by name; the shell asks for the next one and gives a `tick` when it is due. */
export class Alarms {
  readonly #pending = new Map<string, { readonly atMs: number; readonly run: () => void }>()

  /** Replaces the alarm of that name. */
  set(name: string, atMs: number, run: () => void): void {
    this.#pending.set(name, { atMs, run })
  }

  clear(name: string): void {
    this.#pending.delete(name)
  }

  clearAll(): void {
    this.#pending.clear()
  }

  isSet(name: string): boolean {
    return this.#pending.has(name)
  }

  /** When the next alarm is due, in monotonic milliseconds; `undefined` when none is set. */
  get nextMs(): number | undefined {
    let next: number | undefined
    for (const { atMs } of this.#pending.values()) if (next === undefined || atMs < next) next = atMs
    return next
  }

  /** Moves every alarm: after a pause nothing is overdue that had no chance to be met. */
  postpone(byMs: number): void {
    for (const [name, alarm] of this.#pending) this.#pending.set(name, { ...alarm, atMs: alarm.atMs + byMs })
  }

  /** Runs what is due, earliest first; alarms that a run sets for the past wait for the next call. */
  runDue(nowMs: number): void {
    const due = [...this.#pending].filter(([, alarm]) => alarm.atMs <= nowMs)
    due.sort(([, one], [, other]) => one.atMs - other.atMs)
    for (const [name, alarm] of due) {
      if (this.#pending.get(name) !== alarm) continue
      this.#pending.delete(name)
      alarm.run()
    }
  }
}
