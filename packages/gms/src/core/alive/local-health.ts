const scoreMax = 8

/**
 * Lifeguard's local-health awareness (Dadgar, Phillips, Currey 2018): a node that has reason to doubt itself waits longer
 * before it doubts others. Score 0 is healthy; every time-out is multiplied by score + 1.
 */
export class LocalHealth {
  #score = 0

  get multiplier(): number {
    return this.#score + 1
  }

  /** A probe of ours was answered: we and our network are in order. */
  succeeded(): void {
    this.#score = Math.max(0, this.#score - 1)
  }

  /** We missed something, or were told that we look dead: perhaps it is us. */
  failed(by = 1): void {
    this.#score = Math.min(scoreMax, this.#score + by)
  }
}
