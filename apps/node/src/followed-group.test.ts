import type { GroupRecord, Member, ViewChange } from '@ring/gms'
import type { Routing } from '@ring/placement'
import { address, DeliveryGate, incarnation, nodeName, silent } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { FollowedGroup } from './followed-group.ts'
import { placementPart } from './placement-state.ts'

const settings = { mode: 'hash', placement: 'ring', partitions: 4, replicas: 1 } as const
const [a, b] = ['a:1', 'b:1'].map(
  (name): Member => ({
    ...{ name: nodeName(name), address: address('127.0.0.1:1'), voterId: name, incarnation: incarnation(1) },
    why: 'joined',
  }),
) as [Member, Member]
const nothing: ViewChange = { joined: [], left: [], updated: [] }

function recordOf(lineage: string, version: number, change: ViewChange): GroupRecord {
  const view = { members: [a, b], barred: [] }
  const state = { placement: placementPart(settings).follow(undefined, { change, view, version }) }
  return { lineage, version, epoch: version, voters: [], view, state } as unknown as GroupRecord
}

/** A group as node a follows it, and whom it would ask. */
function following() {
  let routing: Routing | undefined
  let record: GroupRecord | undefined
  const group = new FollowedGroup({
    ...{ name: a.name, logger: silent, disk: undefined, gate: new DeliveryGate(a.incarnation) },
    membership: () => ({ record, incarnation: a.incarnation }),
    messaging: () => ({ setRouting: (next) => void (routing = next), beginLife: () => undefined }),
    ...{ followed: () => undefined, changed: () => undefined },
  })
  return {
    group,
    view: (lineage: string, version: number, change: ViewChange) => {
      record = recordOf(lineage, version, change)
      group.onView(record, change)
    },
    isUp: ({ name }: Member) => routing?.servers.find((server) => server.name === name)?.up,
  }
}

describe('D1: a life that is known to be gone is passed by', () => {
  it('until it is out of the view', () => {
    const { group, view, isUp } = following()
    view('one', 1, { ...nothing, joined: [a, b] })
    expect(isUp(b)).toBe(true)
    group.onDown(b.name, b.incarnation)
    view('one', 2, nothing)
    expect(isUp(b)).toBe(false)
  })

  it('and no longer where both are one group again: it had gone on in a branch', () => {
    const { group, view, isUp } = following()
    view('one', 1, { ...nothing, joined: [a, b] })
    group.onDown(b.name, b.incarnation)
    expect(isUp(b)).toBe(false)
    view('branch', 2, nothing)
    expect(isUp(b)).toBe(true)
  })

  it('and no longer where it was let in again', () => {
    const { group, view, isUp } = following()
    view('one', 1, { ...nothing, joined: [a, b] })
    group.onDown(b.name, b.incarnation)
    view('one', 2, { ...nothing, joined: [b] })
    expect(isUp(b)).toBe(true)
  })
})
