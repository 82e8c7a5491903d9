import type { GroupRecord, GroupStatus, Member, ViewChange } from '@ring/gms'
import { placementPart } from '@ring/merge'
import type { Routing } from '@ring/placement'
import { address, DeliveryGate, incarnation, nodeName, silent } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { FollowedGroup } from './followed-group.ts'

const settings = {
  ...({ mode: 'hash', placement: 'ring', partitions: 4, replicas: 1 } as const),
  ...{ automatic: true, movesData: false, rebalanceDelayMs: 0 },
}
const [a, b] = ['a:1', 'b:1'].map(
  (name): Member => ({
    ...{ name: nodeName(name), address: address('127.0.0.1:1'), voterId: name, incarnation: incarnation(1) },
    why: 'joined',
  }),
) as [Member, Member]
const nothing: ViewChange = { joined: [], left: [], updated: [] }

function recordOf(lineage: string, version: number, change: ViewChange, strangers: number): GroupRecord {
  const others = Array.from({ length: strangers }, (_, at) => ({ ...b, name: nodeName(`other-${at}:1`) }))
  const view = { members: [a, b, ...others], barred: [] }
  const state = { placement: placementPart(settings).follow(undefined, { change, view, version }) }
  return { lineage, version, epoch: version, voters: [], view, state } as unknown as GroupRecord
}

/** A group as node a follows it, and whom it would ask. */
function following() {
  let routing: Routing | undefined
  let record: GroupRecord | undefined
  const gate = new DeliveryGate(a.incarnation)
  const group = new FollowedGroup({
    ...{ name: a.name, logger: silent, disk: undefined, gate, movesData: false },
    membership: () => ({ record, incarnation: a.incarnation }),
    messaging: () => ({ setRouting: (next) => void (routing = next), beginLife: () => undefined }),
    ...{ followed: () => undefined, changed: () => undefined },
  })
  return {
    group,
    gate,
    movesData: false,
    view: (lineage: string, version: number, change: ViewChange, strangers = 0) => {
      record = recordOf(lineage, version, change, strangers)
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

describe('K4: who lost the quorum delivers nothing', () => {
  const member = (more: object) => ({ phase: 'member', missing: [], ...more }) as unknown as GroupStatus
  const lost = member({ primary: false, nonPrimary: true })
  const heard = member({ primary: false, nonPrimary: false })

  it('until a quorum grants it a lease: that it hears one is not enough', () => {
    const { group, view, gate } = following()
    view('one', 1, { ...nothing, joined: [a, b] })
    for (const [status, state] of [
      [heard, 'open'],
      [lost, 'no-quorum'],
      [heard, 'no-quorum'],
      [member({ primary: true, nonPrimary: false }), 'open'],
    ] as const) {
      group.onStatus(status)
      expect(gate.state).toBe(state)
    }
  })

  it('until it hears one again, in a group so large that it asks for no lease', () => {
    const { group, view, gate } = following()
    view('one', 1, { ...nothing, joined: [a, b] }, 100)
    group.onStatus(lost)
    expect(gate.state).toBe('no-quorum')
    group.onStatus(heard)
    expect(gate.state).toBe('open')
  })
})
