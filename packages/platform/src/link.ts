/**
 * The data plane between two processes: an ordered, reliable byte stream with gathered writes. No promise, closure or
 * object is made for a frame. TCP, TLS, UNIX sockets and the simulator implement it.
 */
export interface Link {
  /**
   * Takes the bytes `[start, end)` of `source` for this turn's gathered write. They are copied, so `source` is the
   * caller's again when this returns.
   */
  write(source: Uint8Array, start: number, end: number): void
  /** Bytes taken but not yet given to the operating system. */
  readonly queuedBytes: number
  /** False once the link has ended; `write` is then ignored. */
  readonly isOpen: boolean
  /** Ends the link after what was taken has been written. The handler's `onClosed` still follows, once. */
  close(): void
  /** Ends the link at once and drops what was taken: for hostile or broken peers. */
  destroy(): void
}

/** What a link tells its owner. `onClosed` is the last call, and comes exactly once. */
export interface LinkHandler {
  /**
   * Bytes that arrived: `[start, end)` of `buffer` holds whole frames only (the splitter below keeps partial ones back).
   * The bytes are the receiver's to change, but only until this returns: the next ones take their place. It copies what it keeps.
   */
  onFrames(link: Link, buffer: Uint8Array, start: number, end: number): void
  /** `queuedBytes` fell below the low-water mark after having been above the high-water mark. */
  onDrain(link: Link): void
  onClosed(link: Link, cause: LinkClosed): void
}

/** Why a link ended. `violation` names the bound or rule that the peer broke. */
export type LinkClosed =
  | { readonly kind: 'ended' }
  | { readonly kind: 'lost'; readonly error?: Error }
  | { readonly kind: 'violation'; readonly reason: string }
