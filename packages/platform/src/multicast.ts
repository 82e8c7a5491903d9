/** Where a datagram came from, and where an answer to it goes. */
export interface DatagramSource {
  readonly host: string
  readonly port: number
}

/**
 * A multicast group as one socket sees it: small datagrams to all who listen, and answers to one of them. Nothing is
 * reliable, ordered or proved; a datagram may come twice, and from anybody.
 */
export interface Multicast {
  /** To everybody in the group, this socket's own listener perhaps included. At most {@link datagramMaxBytes}. */
  cast(bytes: Uint8Array): void
  /** To the one socket that sent a datagram. */
  answer(to: DatagramSource, bytes: Uint8Array): void
  /** Idempotent. */
  close(): void
}

/**
 * Whatever reaches a multicast socket, from the group or as an answer, of any length. Never called from within `cast` or
 * `answer`.
 */
export type DatagramHandler = (bytes: Uint8Array, from: DatagramSource) => void

/** Fits into one frame of every usual network, headers included. */
export const datagramMaxBytes = 1200
