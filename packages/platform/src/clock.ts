/** A pending call of {@link Clock.after}; `cancel` is idempotent and does nothing once the call has run. */
export interface Timer {
  cancel(): void
}

/** The only source of time in Ring: real in the shells, virtual in the simulator. */
export interface Clock {
  /** Milliseconds since an arbitrary origin; never goes back. It may stand still while the machine is suspended. */
  monotonicMs(): number
  /** Milliseconds since the Unix epoch; may jump either way. */
  wallMs(): number
  /** Calls `run` once, after at least `delayMs` milliseconds, never from within this call. */
  after(delayMs: number, run: () => void): Timer
}
