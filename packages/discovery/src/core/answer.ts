import type { Address, Incarnation, NodeName } from '@ring/platform'

/** What a node says of itself and its group when it is asked who is there (GET_MBRS_RSP). */
export interface Answer {
  readonly name: NodeName
  readonly incarnation: Incarnation
  readonly address: Address
  /** Stored beside its promises; names it as a voter. */
  readonly voterId: string
  readonly standing: Standing
}

/**
 * Where the answerer stands. A `member` names the coordinator it would send a newcomer to; a `newcomer` is asking
 * around itself, and says whether its state directory holds a record from before.
 */
export type Standing = MemberStanding | NewcomerStanding

export interface MemberStanding {
  readonly kind: 'member'
  readonly coordinator: { readonly name: NodeName; readonly address: Address }
  readonly lineage: string
  readonly version: number
  /** The first of them in their order; a datagram has room for a few only. */
  readonly members: readonly { readonly name: NodeName; readonly address: Address }[]
  /** How many there are in all; as many as `members` when not given. Use {@link groupSize}. */
  readonly size?: number
}

export interface NewcomerStanding {
  readonly kind: 'newcomer'
  readonly stored?: { readonly lineage: string; readonly version: number }
}

/** No group is larger. */
export const groupSizeMax = 1024

/** How many members the answerer's group has. Nodes of version 0.2.0 name all of them and give no number. */
export function groupSize({ size, members }: Pick<MemberStanding, 'members' | 'size'>): number {
  return size ?? members.length
}

/** Of two answers under one name: the later life, then the one that has come further. The same on every node. */
export function newerAnswer(one: Answer, other: Answer): Answer {
  if (one.incarnation !== other.incarnation) return one.incarnation > other.incarnation ? one : other
  if (one.standing.kind !== other.standing.kind) return one.standing.kind === 'member' ? one : other
  return versionOf(one) > versionOf(other) ? one : other
}

function versionOf({ standing }: Answer): number {
  return standing.kind === 'member' ? standing.version : (standing.stored?.version ?? 0)
}

/** The two messages of discovery; the names are JGroups'. */
export type DiscoveryMessage =
  | { readonly type: 'discovery.get-mbrs-req'; readonly run: number }
  | { readonly type: 'discovery.get-mbrs-rsp'; readonly run: number; readonly answer: Answer }
