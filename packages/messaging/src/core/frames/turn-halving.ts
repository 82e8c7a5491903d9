/** A turn that is expected to be smaller leaves as one. */
const worthHalvingBytes = 8 * 1024
/** So many halvings without effect, one after the other, and it is left alone for a while. */
const inVainAtMost = 3
const pauseTurns = 1_000

/**
 * Decides when the first half of a large turn leaves before its end, so that the other side works on it while this one
 * makes the rest. It helps where both sides really run at the same time: then what comes back comes in halves, and the
 * next turn is smaller. Where they share a processor it does not, and only costs a further write.
 */
export class TurnHalving {
  /** What is to be handed over before the end of this turn, in bytes. */
  halfwayBytes = Number.POSITIVE_INFINITY
  private halvedBytes = 0
  private inVain = 0
  private pause = 0

  /** @param wasHalved whether a first half left before the end of the turn that is over now */
  turnIsOver(bytes: number, wasHalved: boolean): void {
    if (this.halvedBytes > 0) this.inVain = bytes > this.halvedBytes * 0.75 ? this.inVain + 1 : 0
    this.halvedBytes = wasHalved ? bytes : 0
    if (this.inVain >= inVainAtMost) {
      this.inVain = 0
      this.pause = pauseTurns
      this.halvedBytes = 0
    }
    if (this.pause > 0) this.pause--
    this.halfwayBytes = this.pause === 0 && bytes >= worthHalvingBytes ? bytes / 2 : Number.POSITIVE_INFINITY
  }
}
