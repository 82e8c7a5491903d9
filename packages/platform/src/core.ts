/**
 * A protocol as a deterministic state machine: events in, effects out, no clock, chance or I/O of its own.
 * The shell that drives it executes the effects in order; the simulator drives the same object.
 */
export interface Core<Event, Effect> {
  /**
   * Takes one event. `nowMs` is the monotonic time at which it is taken and never falls from call to call.
   * The effects are to be executed in order, and `step` is not to be called again before they have been.
   */
  step(event: Event, nowMs: number): readonly Effect[]
}

/**
 * The process was not running for `gapMs` milliseconds (it was stopped, or its machine slept). A shell gives it to a core
 * before all input that waited, and before timers (rule M3).
 */
export interface Resumed {
  readonly type: 'resumed'
  readonly gapMs: number
}
