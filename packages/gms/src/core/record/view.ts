import { groupSizeMax } from '@ring/discovery'
import type { Address, Incarnation, NodeName, Peer } from '@ring/platform'
import { type RingRecord, type Voter, votersMax } from '@ring/register'
import { canonicalText } from './canonical-text.ts'
import type { MemberMetadata } from './metadata.ts'

/** Why a member stands in the view. */
export type JoinReason = 'formed' | 'joined' | 'rejoined'

/** What a node says of itself when it asks to be let in. */
export interface Applicant {
  readonly name: NodeName
  readonly incarnation: Incarnation
  /** Where the node listens for control and data links. */
  readonly address: Address
  /** Stored beside its promises; with the name it makes a voter (rule R3). */
  readonly voterId: string
  readonly metadata?: MemberMetadata
  /** Votes, and serves nothing. */
  readonly witness?: boolean
  /** How long the leases last that it grants, in milliseconds; none where it does not say (rule L1). */
  readonly leaseMs?: number
  /** What this life understands of membership's messages; 1 where it does not say ({@link speaksNow}). */
  readonly speaks?: number
}

/** A server in the view: one life of a node. */
export interface Member extends Applicant {
  readonly why: JoinReason
}

/** From here on a life understands deltas, the overlay of large groups and leases. */
export const speaksDeltas = 2
/** From here on it understands the words about who can be dialled. */
export const speaksReach = 3
/** From here on it takes operations. */
export const speaksOperations = 4
/** What this code understands. */
export const speaksNow = speaksOperations

/**
 * `left` said goodbye; `gone` was refused and confirmed; `failed` fell silent; `replaced` by a newer life of its name;
 * `expelled` by an operator or an outside witness.
 */
export type LeaveReason = 'left' | 'gone' | 'failed' | 'replaced' | 'expelled'

/** A life that is out, and why. */
export interface Departure {
  readonly name: NodeName
  readonly incarnation: Incarnation
  readonly why: LeaveReason
}

/** When a barred name may come back by itself; wall clock, in milliseconds since the Unix epoch. */
export interface Parole {
  readonly name: NodeName
  readonly wallMs: number
}

/** The groups that one change brought together; the first one's state holds, what the others agreed on is discarded. */
export type MergedSides = readonly {
  readonly lineage: string
  readonly version: number
  readonly members: readonly NodeName[]
}[]

/**
 * The ordered list of servers: the first one is the coordinator, newcomers go to the end. What a later version says beside
 * this, of the view or of a member, stays there (rule S1).
 */
export interface View {
  readonly members: readonly Member[]
  /** Names that are not let in until allowed again (rule M8). */
  readonly barred: readonly NodeName[]
  /** Which of the barred have a set time; the others wait for ALIVE or an operator. */
  readonly paroles?: readonly Parole[]
  /** The last ones that went, the newest first: a member that skips versions still learns why. */
  readonly departed?: readonly Departure[]
  /** Only in the version that a merge made. */
  readonly merged?: MergedSides
}

/** The record with the view that gms put into it. */
export type GroupRecord = RingRecord & { readonly view: View }

/** What one committed change did to the view. */
export interface ViewChange {
  readonly joined: readonly Member[]
  readonly left: readonly { readonly member: Member; readonly why: LeaveReason }[]
  /** Lives that stay, and say something else of themselves. */
  readonly updated: readonly Member[]
}

/** Whether a version leaves members and what they say of themselves as they are; the state then has nothing to follow. */
export function isEmptyChange({ joined, left, updated }: ViewChange): boolean {
  return joined.length + left.length + updated.length === 0
}

/** No group is larger, and no more names are kept out of it. */
export const membersMax = groupSizeMax
/** So many departures a view remembers. */
export const departedMax = 32

export function findMember(view: View, name: NodeName): Member | undefined {
  return view.members.find((member) => member.name === name)
}

export function hasLife(view: View, name: NodeName, incarnation: Incarnation): boolean {
  return view.members.some((member) => member.name === name && member.incarnation === incarnation)
}

/** Whether a node has a place in what it tells of: it is a member before the step, or after it. */
export function isParty({ name, incarnation }: Peer, before: View, after: View): boolean {
  return hasLife(before, name, incarnation) || hasLife(after, name, incarnation)
}

/** The view after a change: leavers and older lives of joiners out, joiners at the end in their order. */
export function changedView(view: View, { joined, left, updated }: ViewChange): View {
  const out = new Set<NodeName>()
  for (const { member } of left) out.add(member.name)
  for (const { name } of joined) out.add(name)
  const renewed = new Map(updated.map((member) => [member.name, member]))
  const stay = view.members.filter(({ name }) => !out.has(name)).map((member) => renewed.get(member.name) ?? member)
  const departed = [...departures(view, left), ...(view.departed ?? [])].slice(0, departedMax)
  const { merged, ...lasting } = view
  return { ...lasting, members: [...stay, ...joined], ...(departed.length > 0 && { departed }) }
}

/** The same view with other names kept out. */
export function withBars(view: View, barred: readonly NodeName[], paroles: readonly Parole[]): View {
  const { paroles: before, ...rest } = view
  return { ...rest, barred, ...(paroles.length > 0 && { paroles }) }
}

/** In the order of the view: who takes a delta knows no other, and has to come to the same list. */
function departures({ members }: View, left: ViewChange['left']): readonly Departure[] {
  const reasons = new Map(left.map(({ member: { name }, why }) => [name, why]))
  return members.flatMap(({ name, incarnation }) => {
    const why = reasons.get(name)
    return why ? [{ name, incarnation, why }] : []
  })
}

/** What happened between two views of one group, as far as the views tell. */
export function changeBetween(before: View | undefined, after: View): ViewChange {
  const earlier = new Map((before?.members ?? []).map((member) => [member.name, member]))
  const now = new Map(after.members.map((member) => [member.name, member]))
  const joined: Member[] = []
  const updated: Member[] = []
  for (const member of after.members) {
    const known = earlier.get(member.name)
    if (known?.incarnation !== member.incarnation) joined.push(member)
    else if (!sameDetails(known, member)) updated.push(member)
  }
  const left = [...earlier.values()]
    .filter(({ name, incarnation }) => now.get(name)?.incarnation !== incarnation)
    .map((member) => ({ member, why: reasonFor(member, after, now.has(member.name)) }))
  return { joined, left, updated }
}

function reasonFor({ name, incarnation }: Member, after: View, isBack: boolean): LeaveReason {
  const known = after.departed?.find((one) => one.name === name && one.incarnation === incarnation)
  return known?.why ?? (isBack ? 'replaced' : 'failed')
}

/** What a life can change of itself is small, so its text tells whether it is the same. Why it is in the view is not its to say. */
export function sameDetails(one: Applicant, other: Applicant): boolean {
  return one === other || detailsOf(one) === detailsOf(other)
}

function detailsOf(applicant: Applicant): string {
  const { why, witness, speaks, leaseMs, metadata, ...rest } = applicant as Member
  const said = { witness: witness === true, speaks: speaks ?? 1, leaseMs: leaseMs ?? 0, ...saidBy(metadata) }
  return canonicalText([rest, said])
}

/** Without labels is the same as with none. */
function saidBy(metadata: MemberMetadata | undefined): object {
  const { labels, ...rest } = metadata ?? {}
  return { metadata: rest, labels: labels ?? {} }
}

/** Who votes on the change after this view: the oldest members, or the coordinator alone where no quorum is asked for. */
export function votersOf(view: View, quorum: 'none' | 'majority'): readonly Voter[] {
  const count = quorum === 'majority' ? votersMax : 1
  return view.members.slice(0, count).map(({ name, voterId }) => ({ name, voterId }))
}
