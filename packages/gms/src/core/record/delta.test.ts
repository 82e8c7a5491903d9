import { nodeName } from '@ring/platform'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeControlMessage, unpackControlMessage } from '../../control/control-packing.ts'
import { decodeGmsMessage } from '../../control/gms-message-schema.ts'
import { applyDelta, type DeltaTerms, deltaBetween, type ViewDelta } from './delta.ts'
import { decided, followingPart, member, recordOf, type Step, steps, tablePart } from './sample-records.ts'
import { StateParts } from './state-parts.ts'
import { departedMax, type GroupRecord } from './view.ts'

const terms: DeltaTerms = { quorum: 'none', parts: new StateParts([tablePart]) }

/** Three members, of whom the last leaves as a fourth comes. */
function step(): Step & { readonly delta: ViewDelta } {
  const members = ['a:1', 'b:1', 'c:1'].map((name) => member(name))
  const before = recordOf({ members, barred: [] })
  const change = { joined: [member('d:1')], left: [{ member: members[2]!, why: 'gone' as const }], updated: [] }
  const after = decided(before, { change, barred: [], paroles: [] }, terms)
  return { before, after, terms, delta: deltaBetween(before, after, terms)! }
}

/** The same as it comes out of the other end of a link. */
function carried(delta: ViewDelta): ViewDelta {
  const decoded = decodeGmsMessage(unpackControlMessage(encodeControlMessage({ type: 'gms.delta', delta }))!)
  if (decoded?.type !== 'gms.delta') throw new Error('the delta did not get through')
  return decoded.delta
}

describe('B3: a view as a delta', () => {
  it('leads from the record before to the record after, whatever happened between them', () => {
    fc.assert(
      fc.property(steps, ({ before, after, terms }) => {
        const delta = deltaBetween(before, after, terms)
        expect(delta).toBeDefined()
        expect(applyDelta(before, carried(delta!), terms)).toEqual(after)
      }),
      { numRuns: 300 },
    )
  })

  it('S1: carries on what a later version put into the base, and what a newcomer of it says of itself', () => {
    const { before } = step()
    const [first, ...others] = before.view.members
    const later = {
      ...before,
      outcomes: { o1: 'done' },
      state: { leases: [1, 2n ** 60n] },
      view: { ...before.view, tenants: ['blue'], members: [{ ...first!, colour: 'blue' }, ...others] },
    }
    const keeping: DeltaTerms = { quorum: 'none', parts: new StateParts() }
    const newcomer = { ...member('d:1'), metadata: { zone: 'west', rack: 7 }, colour: 'red' }
    const change = { joined: [newcomer], left: [], updated: [] }
    const after = decided(later, { change, barred: [], paroles: [] }, keeping)
    expect(after).toMatchObject({ outcomes: later.outcomes, state: later.state })
    expect(after.view).toMatchObject({ tenants: ['blue'], members: [{ colour: 'blue' }, {}, {}, { colour: 'red' }] })
    const delta = carried(deltaBetween(later, after, keeping)!)
    expect(applyDelta(later, delta, keeping)).toEqual(after)
  })

  it.each([
    ['the record', (record: GroupRecord) => ({ ...record, tenure: 7 })],
    ['the view', (record: GroupRecord) => ({ ...record, view: { ...record.view, tenants: ['blue'] } })],
  ])('S1: is refused where a later version changed more than a delta of this one can say: %s', (_, changed) => {
    const { before, after, terms } = step()
    const more = changed(after)
    expect(deltaBetween(before, more, terms)).toBeUndefined()
    // A later one, which can say it, sends what this one reads as much as it knows.
    const told = {
      ...deltaBetween(before, after, terms)!,
      wholeDigest: deltaBetween(changed(before), more, terms)!.wholeDigest!,
    }
    expect(applyDelta(before, carried(told), terms)).toBeUndefined()
    expect(applyDelta(changed(before), carried(told), terms)).toEqual(more)
  })

  it('F6: is checked by what version 0.3.0 knows of a record, where that one sends it', () => {
    const { before, after, delta, terms } = step()
    const { wholeDigest, ...old } = delta
    expect(applyDelta(before, old, terms)).toEqual(after)
    expect(applyDelta(before, { ...old, digest: old.digest + 1 }, terms)).toBeUndefined()
  })

  it('says nothing to who has another base', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom('older', 'newer', 'foreign'), ({ before, after, terms }, which) => {
        const delta = deltaBetween(before, after, terms)!
        const base: GroupRecord =
          which === 'foreign'
            ? { ...before, lineage: 'm' }
            : { ...before, version: before.version + (which === 'newer' ? 1 : -1) }
        expect(applyDelta(base, delta, terms)).toBeUndefined()
      }),
    )
  })

  it('does not take a life out that the base does not have', () => {
    const { before, delta, terms } = step()
    const later = member('c:1', 2)
    const members = [...before.view.members.slice(0, 2), later]
    expect(applyDelta(before, delta, terms)).toBeDefined()
    expect(applyDelta({ ...before, view: { ...before.view, members } }, delta, terms)).toBeUndefined()
    const gone = { ...before, view: { ...before.view, members: before.view.members.slice(0, 2) } }
    expect(applyDelta(gone, delta, terms)).toBeUndefined()
  })

  it('M1: is refused by who had another state, and by who comes to one that is not what it says', () => {
    const { before, delta, terms } = step()
    const other: DeltaTerms = {
      ...terms,
      parts: new StateParts([followingPart('table', () => ({ another: 'program' }))]),
    }
    expect(applyDelta(before, delta, other)).toBeUndefined()
    expect(applyDelta({ ...before, state: { grown: 'apart' } }, delta, terms)).toBeUndefined()
    expect(applyDelta(before, delta, terms)).toBeDefined()
  })

  it('is refused by who counts other voters, and by who remembers other operations', () => {
    const { before, delta, terms } = step()
    expect(applyDelta(before, delta, { ...terms, quorum: 'majority' })).toBeUndefined()
    expect(applyDelta({ ...before, operations: ['o1', 'o2'] }, delta, terms)).toBeUndefined()
  })

  it('is not made where the deciding node itself would come to something else', () => {
    const { before, after, terms } = step()
    expect(deltaBetween(before, { ...after, voters: before.voters.concat(after.voters) }, terms)).toBeUndefined()
  })

  it('S2: says what operations made of the state, and what is remembered of them, to who knows their part and who does not', () => {
    const { before, after, terms } = step()
    const outcomes = { last: [{ id: 'o2', digest: 1, version: after.version, outcome: 'done' }], forgotten: 0 }
    const state = { ...(after.state as object), leases: { held: { by: 'a:1' } }, table: { moved: true } }
    const operated = { ...after, operations: ['o1', 'o2'], outcomes, state }
    const delta = carried(deltaBetween(before, operated, terms)!)
    expect(applyDelta(before, delta, terms)).toEqual(operated)
    expect(applyDelta(before, { ...delta, patch: { map: {} } }, terms)).toBeUndefined()
    expect(applyDelta(before, { ...delta, patch: 'nonsense' as never }, terms)).toBeUndefined()
  })

  it('S4: is not made where more is otherwise than a message should carry, or deeper than one may', () => {
    const { before, after, terms } = step()
    const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
    expect(deltaBetween(before, { ...after, state: { large: 'x'.repeat(200_000) } }, terms)).toBeUndefined()
    expect(deltaBetween(before, { ...after, state: { deep: deep(62) } }, terms)).toBeUndefined()
  })

  it('is not made for a merge, over two versions, or from one lineage to another', () => {
    const { before, after, terms } = step()
    const merged = [{ lineage: 'l', version: before.version, members: [nodeName('a:1')] }]
    expect(deltaBetween(before, { ...after, view: { ...after.view, merged } }, terms)).toBeUndefined()
    expect(deltaBetween(before, { ...after, version: after.version + 1 }, terms)).toBeUndefined()
    expect(deltaBetween(before, { ...after, version: before.version }, terms)).toBeUndefined()
    expect(deltaBetween(before, { ...after, lineage: 'm' }, terms)).toBeUndefined()
  })

  it('is not taken with anything in it exchanged that tells members, addresses or versions', () => {
    const { before, delta, terms } = step()
    const joiner = delta.joined[0]!
    const changes: readonly Partial<ViewDelta>[] = [
      { digest: delta.digest + 1 },
      { wholeDigest: delta.wholeDigest! + 1 },
      { left: [] },
      { joined: [] },
      { joined: [{ ...joiner, name: nodeName('e:1') }] },
      { joined: [{ ...joiner, address: member('e:1').address }] },
      { joined: [joiner, member('e:1')] },
      { updated: [{ ...before.view.members[0]!, address: member('e:1').address }] },
    ]
    for (const change of changes) expect(applyDelta(before, { ...delta, ...change }, terms)).toBeUndefined()
    expect(applyDelta(before, delta, terms)).toBeDefined()
  })

  it('is a few lines where the record has a thousand', () => {
    const members = Array.from({ length: 1_000 }, (_, at) => member(`n${at}:1`))
    const before = recordOf({ members, barred: [] })
    const change = { joined: [member('p:1')], left: [{ member: members[9]!, why: 'left' as const }], updated: [] }
    const after = decided(before, { change, barred: [], paroles: [] }, terms)
    const delta = deltaBetween(before, after, terms)!
    expect(encodeControlMessage({ type: 'gms.delta', delta }).length).toBeLessThan(500)
    expect(encodeControlMessage({ type: 'gms.view', record: after }).length).toBeGreaterThan(50_000)
    expect(applyDelta(before, delta, terms)).toEqual(after)
  })

  it('of more departures than a view remembers leads to the same list of them', () => {
    const members = Array.from({ length: 60 }, (_, at) => member(`n${at}:1`))
    const before = recordOf({ members, barred: [] })
    const left = members.slice(10).map((one) => ({ member: one, why: 'left' as const }))
    const keeping: DeltaTerms = { quorum: 'none', parts: new StateParts() }
    const decision = { change: { joined: [], left: left.reverse(), updated: [] }, barred: [], paroles: [] }
    const after = decided(before, decision, keeping)
    expect(after.view.departed).toHaveLength(departedMax)
    expect(applyDelta(before, deltaBetween(before, after, keeping)!, keeping)).toEqual(after)
    // Where the state depends on reasons that are forgotten, it says what else becomes of it.
    const other = decided(before, decision, terms)
    expect(applyDelta(before, deltaBetween(before, other, terms)!, terms)).toEqual(other)
  })
})
