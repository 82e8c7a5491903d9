import type { Incarnation } from './identity.ts'

/** Why nothing, or what, may pass to a program now; each but `open` is stronger than the ones before it. */
export type DeliveryState =
  | 'open'
  /** After a pause: nobody knows yet whether this life is still wanted (rule M3). */
  | 'unconfirmed'
  /** This side has no quorum of voters: another one may be serving the same keys (rule K4). */
  | 'no-quorum'
  /** This life is out of the view. */
  | 'expelled'
  /** The node is on its way out. */
  | 'stopping'

/** What counts for a request that was accepted before the node began to stop: it may still be started. */
export type LifeState = Exclude<DeliveryState, 'stopping'>

/**
 * Where a life stands. One that is over has no doubts that could be cleared and no quorum that could come back: nothing
 * but another life leads out of there.
 */
type Life =
  | {
      readonly kind: 'led'
      readonly incarnation: Incarnation
      /** The last doubt that was raised; `undefined` once a word that is not older than it has cleared it. */
      readonly doubt: number | undefined
      readonly hasQuorum: boolean
    }
  | { readonly kind: 'over'; readonly incarnation: Incarnation }

/**
 * Whether anything may pass to a program: the one place that decides it, asked wherever something passes. Membership's
 * events drive it; it has no clock. The conditions are independent of each other, and it is open only while none holds.
 */
export class DeliveryGate {
  #life: Life
  #isStopping = false
  #state: DeliveryState = 'open'
  readonly #listeners = new Set<() => void>()

  constructor(incarnation: Incarnation) {
    this.#life = { kind: 'led', incarnation, doubt: undefined, hasQuorum: true }
  }

  /** For what is new. */
  get state(): DeliveryState {
    return this.#state
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** For what was accepted before: a node that stops lets it start, unless its life forbids it. */
  get ofAccepted(): LifeState {
    const life = this.#life
    if (life.kind === 'over') return 'expelled'
    if (!life.hasQuorum) return 'no-quorum'
    return life.doubt === undefined ? 'open' : 'unconfirmed'
  }

  /**
   * The process stood still for long enough to be expelled.
   *
   * @param doubt numbers the question that is put to the others now; later ones have higher numbers
   */
  doubted(doubt: number): void {
    const life = this.#life
    if (life.kind === 'led') this.#lead({ ...life, doubt: Math.max(doubt, life.doubt ?? doubt) })
  }

  /** A member knows this life, in answer to a question asked with this number. The word on another life, or an older one, is nothing. */
  confirmed(incarnation: Incarnation, doubt: number): void {
    const life = this.#life
    if (life.kind !== 'led' || life.incarnation !== incarnation || life.doubt === undefined) return
    if (doubt >= life.doubt) this.#lead({ ...life, doubt: undefined })
  }

  /** The life is out of the view: only {@link DeliveryGate.beginLife} leads on. The word on an earlier life is nothing. */
  expelled(incarnation: Incarnation): void {
    if (this.#life.kind === 'led' && this.#life.incarnation <= incarnation) this.#lead({ kind: 'over', incarnation })
  }

  /** The node is in the view as a later life. The same life, or an earlier one, does not come back. */
  beginLife(incarnation: Incarnation): void {
    if (incarnation > this.#life.incarnation)
      this.#lead({ kind: 'led', incarnation, doubt: undefined, hasQuorum: true })
  }

  quorumLost(): void {
    this.#setQuorum(false)
  }

  quorumRegained(): void {
    this.#setQuorum(true)
  }

  /** For good. */
  stop(): void {
    this.#isStopping = true
    this.#look()
  }

  /**
   * Calls the listener after each change of {@link DeliveryGate.state} or {@link DeliveryGate.ofAccepted}.
   *
   * @returns ends it
   */
  onChange(listener: () => void): () => void {
    // An entry of its own: the same function may listen twice, and each removal ends one.
    const entry = () => listener()
    this.#listeners.add(entry)
    return () => this.#listeners.delete(entry)
  }

  #setQuorum(hasQuorum: boolean): void {
    if (this.#life.kind === 'led' && this.#life.hasQuorum !== hasQuorum) this.#lead({ ...this.#life, hasQuorum })
  }

  #lead(life: Life): void {
    const before = this.ofAccepted
    this.#life = life
    if (before !== this.ofAccepted) this.#look()
  }

  #look(): void {
    this.#state = this.#isStopping ? 'stopping' : this.ofAccepted
    for (const listener of [...this.#listeners]) listener()
  }
}
