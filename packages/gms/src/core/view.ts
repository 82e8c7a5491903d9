import type { Address, Incarnation, NodeName } from '@ring/platform'
import type { RingRecord, Voter } from '@ring/register'

/** Why a member stands in the view. */
export type JoinReason = 'formed' | 'joined' | 'rejoined'

/** A server in the view: one life of a node. */
export interface Member {
  readonly name: NodeName
  readonly incarnation: Incarnation
  /** Where the node listens for control and data links. */
  readonly address: Address
  /** Stored beside its promises; with the name it makes a voter (rule R3). */
  readonly voterId: string
  readonly why: JoinReason
}

/** The ordered list of servers: the first one is the coordinator, newcomers go to the end. */
export interface View {
  readonly members: readonly Member[]
  /** Names that are not let in until allowed again (rule M8). */
  readonly barred: readonly NodeName[]
}

/** The record with the view that gms put into it. */
export type GroupRecord = RingRecord & { readonly view: View }

/** `left` said goodbye; `gone` was refused and confirmed; `failed` fell silent; `replaced` by a newer life of its name. */
export type LeaveReason = 'left' | 'gone' | 'failed' | 'replaced'

/** What one committed change did to the view. */
export interface ViewChange {
  readonly joined: readonly Member[]
  readonly left: readonly { readonly member: Member; readonly why: LeaveReason }[]
}

/** At most this many members vote; the oldest do. */
const votersMax = 7

export function findMember(view: View, name: NodeName): Member | undefined {
  return view.members.find((member) => member.name === name)
}

export function hasLife(view: View, name: NodeName, incarnation: Incarnation): boolean {
  return view.members.some((member) => member.name === name && member.incarnation === incarnation)
}

/** The view after a change: leavers and older lives of joiners out, joiners at the end in their order. */
export function changedView(view: View, change: ViewChange): View {
  const out = new Set<NodeName>()
  for (const { member } of change.left) out.add(member.name)
  for (const member of change.joined) out.add(member.name)
  return { members: [...view.members.filter((member) => !out.has(member.name)), ...change.joined], barred: view.barred }
}

/** What happened between two views of one group, as far as the views tell. */
export function changeBetween(before: View | undefined, after: View): ViewChange {
  const earlier = before?.members ?? []
  const joined = after.members.filter(
    (member) => !earlier.some((other) => other.name === member.name && other.incarnation === member.incarnation),
  )
  const left = earlier
    .filter((member) => !hasLife(after, member.name, member.incarnation))
    .map((member) => ({ member, why: findMember(after, member.name) ? ('replaced' as const) : ('failed' as const) }))
  return { joined, left }
}

/** Who votes on the change after this view: the oldest members, or the coordinator alone where no quorum is asked for. */
export function votersOf(view: View, quorum: 'none' | 'majority'): readonly Voter[] {
  const count = quorum === 'majority' ? votersMax : 1
  return view.members.slice(0, count).map(({ name, voterId }) => ({ name, voterId }))
}

/**
 * How the rest of the record follows a change of the view (rule M1). Pure. `version` is the version that the new record
 * will have.
 */
export type StateAfter = (state: unknown, change: ViewChange, view: View, version: number) => unknown
