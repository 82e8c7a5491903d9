import { address, type Incarnation, type NodeName, nodeName } from '@ring/platform'
import { founder } from '@ring/register'
import fc from 'fast-check'
import type { DeltaTerms } from './delta.ts'
import { nextRecord } from './next-record.ts'
import type { PartStep, StatePart } from './state-part.ts'
import { StateParts } from './state-parts.ts'
import {
  type Applicant,
  changedView,
  type GroupRecord,
  isEmptyChange,
  type LeaveReason,
  type Member,
  type Parole,
  type View,
  type ViewChange,
  votersOf,
  withBars,
} from './view.ts'

/** Records, views and changes for tests: small, and of every shape that membership makes. */

export function life(name: string, incarnation = 1): Applicant {
  const named = nodeName(name)
  return {
    name: named,
    incarnation: incarnation as Incarnation,
    address: address(name),
    voterId: `v-${name}`,
    speaks: 2,
  }
}

export function member(name: string, incarnation = 1): Member {
  return { ...life(name, incarnation), why: 'joined' }
}

export function recordOf(view: View, quorum: 'none' | 'majority' = 'none', state: unknown = {}): GroupRecord {
  const origin = { name: view.members[0]!.name, incarnation: 1, sequence: 1 }
  return founder('l', { voters: votersOf(view, quorum), view, state, operations: ['o1'] }, origin, 10) as GroupRecord
}

/** A part that only follows: what it is operated on with, it answers. */
export function followingPart<Own>(
  name: string,
  follow: (own: Own | undefined, step: PartStep) => Own,
): StatePart<Own> {
  return {
    name,
    maxChars: 1_000_000,
    check: (own): own is Own => own !== undefined,
    follow,
    apply: (own, body) => ({ own, outcome: body }),
  }
}

/** A table of who has how many shares, as placement keeps one; it depends on all that it is given. */
export const tablePart = followingPart<object>(
  'table',
  (own, { change: { joined, left, updated }, view, version }) => ({
    version,
    sum: `${JSON.stringify(own ?? {}).length} ${joined.length} ${left
      .map(({ why }) => why)
      .sort()
      .join()} ${updated.length}`,
    shares: Object.fromEntries(view.members.map(({ name, metadata }) => [name, metadata?.weight ?? 1])),
  }),
)

export interface Step {
  readonly before: GroupRecord
  readonly after: GroupRecord
  readonly terms: DeltaTerms
}

/** What the coordinator decides on: one change, and who is kept out after it. */
export interface Decision {
  readonly change: ViewChange
  readonly barred: readonly NodeName[]
  readonly paroles: readonly Parole[]
}

/** The record that a decision makes of the one before, as the coordinator builds it. */
export function decided(before: GroupRecord, { change, barred, paroles }: Decision, terms: DeltaTerms): GroupRecord {
  const view = withBars(changedView(before.view, change), barred, paroles)
  const epoch = before.epoch + (change.joined.length + change.left.length > 0 ? 1 : 0)
  const step = { change, view, version: before.version + 1 }
  const state = isEmptyChange(change) ? before.state : terms.parts.follow(before.state, step)
  const origin = { name: nodeName('n0:1'), incarnation: 1, sequence: 2 }
  return nextRecord(before, { view, epoch, state, origin }, terms.quorum)
}

const reasons = ['left', 'gone', 'failed', 'expelled'] as const satisfies readonly LeaveReason[]
const fates = ['stays', 'leaves', 'rejoins', 'is renewed'] as const

const someMetadata = fc.record(
  {
    zone: fc.constantFrom('east', 'west'),
    weight: fc.integer({ min: 2, max: 9 }),
    labels: fc.constant({ rack: 'r1' }),
  },
  { requiredKeys: [] },
)

const fateOfOne = fc.record({
  fate: fc.constantFrom(...fates),
  why: fc.constantFrom(...reasons),
  metadata: someMetadata,
  witness: fc.boolean(),
})

/** One step of a group of up to 10, in any way that a coordinator can take it, and the order of its removals free. */
export const steps: fc.Arbitrary<Step> = fc
  .record({
    quorum: fc.constantFrom('none' as const, 'majority' as const),
    olds: fc.array(fateOfOne, { minLength: 1, maxLength: 10 }),
    newcomers: fc.nat(3),
    barredBefore: fc.boolean(),
    bars: fc.array(fc.record({ name: fc.constantFrom('x:1', 'y:1'), wallMs: fc.option(fc.nat()) }), { maxLength: 2 }),
    turned: fc.boolean(),
  })
  .map(({ quorum, olds, newcomers, barredBefore, bars, turned }) => {
    const terms: DeltaTerms = { quorum, parts: new StateParts([tablePart]) }
    const members = olds.map((_, at) => member(`n${at}:1`))
    const departed = [{ name: nodeName('z:1'), incarnation: 1 as Incarnation, why: 'left' as const }]
    const barred = barredBefore ? [nodeName('x:1')] : []
    const before = recordOf({ members, barred, departed }, quorum, { version: 10, shares: { 'n0:1': 1 } })
    const change = changeFrom(members, olds, newcomers, turned)
    const names = bars.map(({ name }) => nodeName(name))
    const paroles = bars.flatMap(({ name, wallMs }) => (wallMs === null ? [] : [{ name: nodeName(name), wallMs }]))
    return { before, after: decided(before, { change, barred: names, paroles }, terms), terms }
  })

function changeFrom(
  members: readonly Member[],
  olds: readonly (typeof fateOfOne extends fc.Arbitrary<infer One> ? One : never)[],
  newcomers: number,
  turned: boolean,
): ViewChange {
  const left: ViewChange['left'][number][] = []
  const joined: Member[] = Array.from({ length: newcomers }, (_, at) => member(`p${at}:1`))
  const updated: Member[] = []
  for (const [at, { fate, why, metadata, witness }] of olds.entries()) {
    const known = members[at]!
    if (fate === 'leaves') left.push({ member: known, why })
    if (fate === 'rejoins') left.push({ member: known, why: 'replaced' })
    if (fate === 'rejoins') joined.push({ ...known, incarnation: 2 as Incarnation, why: 'rejoined' })
    if (fate === 'is renewed') updated.push({ ...known, metadata: { ...metadata, version: '2' }, witness })
  }
  return { joined, left: turned ? left.reverse() : left, updated }
}
