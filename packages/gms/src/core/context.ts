import type { Address, Incarnation, NodeName, Random } from '@ring/platform'
import type { Origin } from '@ring/register'
import type { Alarms } from './alarms.ts'
import { type Neighbours, neighboursOf, usesOverlay } from './alive/overlay.ts'
import type { GmsEffect, Identity } from './effects.ts'
import type { GmsMessage } from './messages.ts'
import type { Progress } from './record/progress.ts'
import type { StateParts } from './record/state-parts.ts'
import { findMember, type GroupRecord, type Member, type View, type ViewChange } from './record/view.ts'
import type { GmsRules } from './rules.ts'
import type { Timing } from './timing.ts'

/**
 * Where this life stands: looking for a group, in its view, on its way out of it, or out for good. `expelled`: by its own
 * decision as the only voter, until the next voter has it.
 */
export type Phase = 'idle' | 'discovering' | 'member' | 'expelled' | 'leaving' | 'left'

/**
 * What the parts of the membership core share: who we are, what is agreed, the time of the event being taken, and where
 * effects go. Only the core itself changes what is not `readonly`.
 */
export interface GmsContext {
  readonly self: Identity
  readonly quorum: 'none' | 'majority'
  readonly timing: Timing
  readonly random: Random
  readonly alarms: Alarms
  /** What follows the view in the same commit (rule M1), and can be operated on. */
  readonly parts: StateParts
  readonly rules: GmsRules
  phase: Phase
  record: GroupRecord | undefined
  /** How many records this node built; a life never builds two with one number. */
  built: number
  /** How many dials were asked for; names the next one. */
  dials: number
  nowMs: number
  wallMs: number
  emit(effect: GmsEffect): void
}

export function send(context: GmsContext, to: NodeName, message: GmsMessage): void {
  context.emit({ type: 'send', to, message })
}

/** The whole record as this node has it. */
export function sendView(context: GmsContext, to: NodeName): void {
  if (context.record) send(context, to, { type: 'gms.view', record: context.record })
}

/** Dials a node's own address; the outcome comes back under the token. */
export function dial(context: GmsContext, address: Address): number {
  context.dials += 1
  context.emit({ type: 'dial', token: context.dials, address, timeoutMs: context.timing.verifyMs })
  return context.dials
}

/** The other members of the view, in its order. */
export function otherMembers(context: GmsContext): readonly Member[] {
  return context.record?.view.members.filter((member) => member.name !== context.self.name) ?? []
}

export function memberNamed(context: GmsContext, name: NodeName): Member | undefined {
  return context.record && findMember(context.record.view, name)
}

/** The member that this very life is. */
export function lifeNamed(
  context: GmsContext,
  { name, incarnation }: { readonly name: NodeName; readonly incarnation: Incarnation },
): Member | undefined {
  const member = memberNamed(context, name)
  return member?.incarnation === incarnation ? member : undefined
}

export function isLarge({ record }: GmsContext): boolean {
  return record !== undefined && usesOverlay(record.view)
}

const neighbourhoods = new WeakMap<View, Map<NodeName, Neighbours>>()

/** The neighbours of a member in a large group; computed once for a view. */
export function neighbours({ record }: GmsContext, name: NodeName): Neighbours {
  if (!record) return { subjects: [], all: [] }
  const known = neighbourhoods.get(record.view) ?? new Map<NodeName, Neighbours>()
  const found = known.get(name) ?? neighboursOf(record.view, name)
  neighbourhoods.set(record.view, known.set(name, found))
  return found
}

/** Whom this node probes: everybody, or in a large group its neighbours in turn. */
export function probed(context: GmsContext): readonly Member[] {
  return isLarge(context) ? neighbours(context, context.self.name).subjects : otherMembers(context)
}

/** Whom a member of the view talks to anyway, this node left out: who may know of its life. */
export function acquaintances(context: GmsContext, name: NodeName): readonly Member[] {
  if (!isLarge(context)) return otherMembers(context).filter((member) => member.name !== name)
  return neighbours(context, name).all.filter((member) => member.name !== context.self.name)
}

export function progressOf(record: GroupRecord | undefined): Progress | undefined {
  return record && { lineage: record.lineage, version: record.version }
}

/** The state that belongs to a new view: both go into one record, whoever makes it (rule M1). */
export function stateWith(
  { rules, parts }: GmsContext,
  previous: GroupRecord | undefined,
  change: ViewChange,
  view: View,
  version: number,
): unknown {
  const basis = rules.stateFollowsAtOnce ? view : (previous?.view ?? view)
  return parts.follow(previous?.state, { change, view: basis, version })
}

/** Which proposal a record that is being built now will be. */
export function originOf(context: GmsContext): Origin {
  context.built += 1
  const { name, incarnation } = context.self
  return { name, incarnation, sequence: context.built }
}

/** The first version of a new lineage: above all that is known, and at the wall clock (rule R8). */
export function firstVersion(context: GmsContext, known = 0): number {
  return Math.max(known + 1, Math.floor(context.wallMs))
}
