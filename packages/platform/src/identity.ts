declare const brand: unique symbol

/** A node's name: `host:ctlport` as in the configuration, or its CUK. Unique in a group; at most 255 bytes. */
export type NodeName = string & { readonly [brand]: 'NodeName' }

/** Where a node can be dialled: `host:port`, an IPv6 host in square brackets. */
export type Address = string & { readonly [brand]: 'Address' }

/**
 * One life of a node. It rises with every start and every rejoin: milliseconds times 1024 plus a random tail, so that
 * it fits a double until the year 2248 and two lives that begin in the same millisecond still differ.
 */
export type Incarnation = number & { readonly [brand]: 'Incarnation' }

/** What an {@link Address} from outside must look like, and how long it may be; a port out of range shows when it is dialled. */
export const addressPattern = /^(?:\[[^\]\s]+\]|[^:\s[\]]+):\d{1,5}$/
export const addressMaxChars = 300
/** How long a {@link NodeName} may be. */
export const nodeNameMaxBytes = 255

export const nodeName = (text: string): NodeName => text as NodeName
export const address = (text: string): Address => text as Address
export const incarnation = (value: number): Incarnation => value as Incarnation

const tails = 1024

/**
 * The incarnation of a life that begins now: above every earlier one that is known, even when the wall clock was set back.
 *
 * @param lastKnown the highest incarnation of this name seen so far, 0 when there was none
 * @param tail a random integer; only its value modulo 1024 counts
 */
export function nextIncarnation(lastKnown: number, wallMs: number, tail: number): Incarnation {
  return incarnation(Math.max(lastKnown + 1, Math.floor(wallMs) * tails + (tail % tails)))
}

/** `server` is in the view; `slave` attaches to servers and follows. */
export type NodeRole = 'server' | 'slave'

/** Who is at the other end of a link, as proved by the handshake. */
export interface Peer {
  readonly name: NodeName
  readonly incarnation: Incarnation
  readonly role: NodeRole
}
