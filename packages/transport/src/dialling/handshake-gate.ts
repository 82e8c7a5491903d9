/** One connection that wants to shake hands. */
export interface GateTicket {
  /** It is its turn. */
  start(): void
  /** It had its time, and another one waits. */
  giveUp(): void
}

/**
 * Several connections to one node may be opened side by side, but only one at a time says who it is: a listener that met
 * the same life twice would take the later link for the one to keep, while the dialer keeps the earlier.
 */
export class HandshakeGate {
  readonly #patienceMs: number
  readonly #waiting = new Set<GateTicket>()
  #current: GateTicket | undefined
  #sinceMs = 0
  #timer: NodeJS.Timeout | undefined

  /** @param patienceMs how long a handshake may take while another connection waits */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
  }

  /** `start` follows, at once or later, unless the ticket leaves before. */
  enter(ticket: GateTicket): void {
    this.#waiting.add(ticket)
    if (this.#current === undefined) this.#next()
    else this.#beImpatient()
  }

  /** It is through, or has ended. */
  leave(ticket: GateTicket): void {
    this.#waiting.delete(ticket)
    if (this.#current !== ticket) return
    this.#current = undefined
    clearTimeout(this.#timer)
    this.#next()
  }

  /** Nobody's turn comes any more. */
  close(): void {
    this.#waiting.clear()
    clearTimeout(this.#timer)
  }

  #next(): void {
    const [ticket] = this.#waiting
    if (!ticket) return
    this.#waiting.delete(ticket)
    this.#current = ticket
    this.#sinceMs = performance.now()
    ticket.start()
    if (this.#waiting.size > 0) this.#beImpatient()
  }

  #beImpatient(): void {
    clearTimeout(this.#timer)
    const current = this.#current
    const leftMs = this.#sinceMs + this.#patienceMs - performance.now()
    this.#timer = setTimeout(() => current?.giveUp(), Math.max(0, leftMs)).unref()
  }
}
