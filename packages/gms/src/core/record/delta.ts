import type { Incarnation, NodeName } from '@ring/platform'
import type { Origin } from '@ring/register'
import { canonicalText } from './canonical-text.ts'
import { nextRecord } from './next-record.ts'
import type { Progress } from './progress.ts'
import type { StateParts } from './state-parts.ts'
import { textHash } from './text-hash.ts'
import { levelsOf, patchBetween, patched, type ValuePatch } from './value-patch.ts'
import {
  changeBetween,
  changedView,
  findMember,
  type GroupRecord,
  isEmptyChange,
  type LeaveReason,
  type Member,
  type Parole,
  type View,
  type ViewChange,
  withBars,
} from './view.ts'

/**
 * A record as what changed since the one before it: a few lines where the record has a thousand. Who has the base makes
 * the same record of it, `state` included, since that follows from the change (rule M1); `digest` shows whether it did.
 */
export interface ViewDelta {
  readonly base: Progress
  readonly epoch: number
  readonly origin: Origin
  readonly left: readonly { readonly name: NodeName; readonly incarnation: Incarnation; readonly why: LeaveReason }[]
  readonly joined: readonly Member[]
  readonly updated: readonly Member[]
  readonly barred: readonly NodeName[]
  readonly paroles: readonly Parole[]
  /** What of state, operations and outcomes is otherwise than it follows from the change (versions before 0.5.0 say none). */
  readonly patch?: ValuePatch
  /** Of what version 0.3.0 knows of a record. */
  readonly digest: number
  /** Of all that the record holds, whoever knows what it means (rule S1); versions before 0.4.0 say none. */
  readonly wholeDigest?: number
}

/** What both ends of a delta have to agree on. */
export interface DeltaTerms {
  readonly quorum: 'none' | 'majority'
  readonly parts: StateParts
}

/** The step from one record to the next; `undefined` where it is more than a delta can say. */
export function deltaBetween(
  before: GroupRecord,
  after: GroupRecord,
  terms: DeltaTerms,
  { joined, left, updated } = changeBetween(before.view, after.view),
): ViewDelta | undefined {
  if (before.lineage !== after.lineage || after.version !== before.version + 1) return undefined
  if (after.view.merged) return undefined
  const plain: ViewDelta = {
    base: { lineage: before.lineage, version: before.version },
    epoch: after.epoch,
    origin: after.origin,
    left: left.map(({ member: { name, incarnation }, why }) => ({ name, incarnation, why })),
    joined,
    updated,
    barred: after.view.barred,
    paroles: after.view.paroles ?? [],
    digest: digestOf(after),
    wholeDigest: wholeDigestOf(after),
  }
  const own = withoutPatch(before, plain, terms)
  if (!own) return undefined
  const patch = patchBetween(patchable(own), patchable(after))
  if (patch && (levelsOf(patch) > patchMaxLevels || canonicalText(patch).length > patchMaxChars)) return undefined
  const delta = patch ? { ...plain, patch } : plain
  const reached = patch ? withPatch(own, patch) : own
  return reached && isTold(reached, delta) ? delta : undefined
}

/** The record that a delta leads to; `undefined` when the base is another one, or this node comes to something else. */
export function applyDelta(base: GroupRecord, delta: ViewDelta, terms: DeltaTerms): GroupRecord | undefined {
  const own = withoutPatch(base, delta, terms)
  const record = own && delta.patch ? withPatch(own, delta.patch) : own
  return record && isTold(record, delta) ? record : undefined
}

/** Where more than this is otherwise, or deeper than a message may be, the whole record is told. */
const patchMaxChars = 131_072
const patchMaxLevels = 60

function withoutPatch(base: GroupRecord, delta: ViewDelta, { quorum, parts }: DeltaTerms): GroupRecord | undefined {
  if (base.lineage !== delta.base.lineage || base.version !== delta.base.version) return undefined
  const change = changeOf(base.view, delta)
  if (!change) return undefined
  const view = withBars(changedView(base.view, change), delta.barred, delta.paroles)
  const step = { change, view, version: base.version + 1 }
  const state = isEmptyChange(change) ? base.state : parts.follow(base.state, step)
  const { epoch, origin } = delta
  return nextRecord(base, { view, epoch, state, origin }, quorum)
}

/** What a record holds beside its view and what the view decides. */
function patchable({ state, operations, outcomes }: GroupRecord): object {
  return { state, operations, outcomes }
}

function withPatch(own: GroupRecord, patch: ValuePatch): GroupRecord | undefined {
  const value = patched(patchable(own), patch)?.value as Partial<GroupRecord> | undefined
  // What comes out has to be what the digest is of, or it is not taken.
  return value && Array.isArray(value.operations) ? { ...own, ...value } : undefined
}

function changeOf(view: View, { joined, left, updated }: ViewDelta): ViewChange | undefined {
  const gone = left.map(({ name, incarnation, why }) => ({ member: findMember(view, name), incarnation, why }))
  if (gone.some(({ member, incarnation }) => member?.incarnation !== incarnation)) return undefined
  return { joined, updated, left: gone.map(({ member, why }) => ({ member: member!, why })) }
}

/** Whether this node came to what the sender has: one that knows more may have put more in than a delta says. */
function isTold(record: GroupRecord, { digest, wholeDigest }: ViewDelta): boolean {
  return digestOf(record) === digest && (wholeDigest === undefined || wholeDigestOf(record) === wholeDigest)
}

const wholeDigests = new WeakMap<object, number>()

function wholeDigestOf(record: GroupRecord): number {
  const { members, ...view } = record.view
  // Members stay the same objects from view to view, and are most of the record.
  return remembered(record, () => canonicalText([{ ...record, view }, members.map((member) => lifeDigestOf(member))]))
}

function lifeDigestOf(member: Member): number {
  return remembered(member, () => canonicalText(member))
}

function remembered(thing: object, textOf: () => string): number {
  const known = wholeDigests.get(thing)
  if (known !== undefined) return known
  const digest = textHash(textOf())
  wholeDigests.set(thing, digest)
  return digest
}

const digests = new WeakMap<GroupRecord, number>()

/**
 * Tells records of one version apart where two nodes come to different ones. Against faults, not against attackers. For
 * nodes of version 0.3.0, which come to the same number.
 */
function digestOf(record: GroupRecord): number {
  const known = digests.get(record)
  if (known !== undefined) return known
  const members = record.view.members.map(({ name, incarnation, address }) => `${name} ${incarnation} ${address}`)
  const voters = record.voters.map(({ name }) => name)
  const digest = textHash(
    `${members.join('\n')}\n${voters.join()}\n${record.operations.join('\n')}\n${stateText(record.state)}`,
  )
  digests.set(record, digest)
  return digest
}

function stateText(state: unknown): string {
  try {
    return JSON.stringify(state)
  } catch {
    // A part of a later version may hold what JSON cannot; version 0.3.0 has no such part.
    return canonicalText(state)
  }
}
