/**
 * Gives a shell one event after the other: an event that comes while another one's effects are carried out waits until
 * all of them are. Whoever receives an effect may so call back into the shell at once.
 */
export class EventTurns<Event> {
  readonly #take: (event: Event) => void
  readonly #waiting: Event[] = []
  #isTaking = false

  /** @param take steps the core with the event, and carries out every effect of that */
  constructor(take: (event: Event) => void) {
    this.#take = take
  }

  /** When `take` throws, so does this; what waits behind it has its turn with the next event. */
  push(event: Event): void {
    this.#waiting.push(event)
    if (this.#isTaking) return
    this.#isTaking = true
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#take(next)
    } finally {
      this.#isTaking = false
    }
  }
}
