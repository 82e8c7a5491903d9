/** What {@link CallTime} asks of its shell. */
export interface TimeTeller {
  /** Tell the time before this returns. */
  tellTime(): void
}

/** So many calls of a turn are each told the time; */
const exactCalls = 4
/** after them every so many. */
const everyCalls = 16
/** By so much a call may be counted from too early, in milliseconds: `clockGrainMs` has room for it. */
export const toleratedMs = 5

/**
 * The time at which calls are made. A clock read for each would cost some per cent of it; but what is not read is not known,
 * for a program may compute between two calls. So the first calls of a turn read it, then every sixteenth, and the end of the
 * turn: what was called in between counted from too early, and is moved where that is noticeable. No deadline ends early; one
 * ends late only by what the program itself computed after its fifth call of a turn.
 */
export class CallTime {
  /** Monotonic milliseconds, as told last. */
  nowMs: number
  private readonly teller: TimeTeller
  private calls = 0
  private hasUnsure = false
  private toldAt = 0
  private unsureFrom = 0

  constructor(teller: TimeTeller, nowMs: number) {
    this.teller = teller
    this.nowMs = nowMs
  }

  /** Has the time told, if it is due; true when the end of the turn has to be told, by {@link CallTime.turnIsOver}. */
  begin(): boolean {
    const place = this.calls++
    if (place < exactCalls || place % everyCalls === 0) {
      this.teller.tellTime()
      return false
    }
    this.hasUnsure = true
    return true
  }

  /** For what begins without a call. */
  refresh(): void {
    this.teller.tellTime()
  }

  turnIsOver(): void {
    this.calls = 0
    if (this.hasUnsure) this.teller.tellTime()
  }

  /**
   * Takes over what the clock says. Returns by how much the calls that {@link CallTime.isUnsure} names ought to end later.
   *
   * @param sequence of the last call that was made
   */
  told(nowMs: number, sequence: number): number {
    const passedMs = nowMs - this.nowMs
    if (passedMs < 0) return 0
    const { hasUnsure } = this
    this.nowMs = nowMs
    this.unsureFrom = this.toldAt
    this.toldAt = sequence
    this.hasUnsure = false
    return hasUnsure && passedMs > toleratedMs ? passedMs : 0
  }

  /** Whether a call counted from the time before the one told last. */
  isUnsure(sequence: number): boolean {
    return sequence > this.unsureFrom
  }
}
