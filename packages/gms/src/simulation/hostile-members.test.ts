import { type Incarnation, type NetworkHandler, type NodeName, nodeName } from '@ring/platform'
import { World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { deltaBetween } from '../core/record/delta.ts'
import { StateParts } from '../core/record/state-parts.ts'
import { changedView, type GroupRecord, votersOf } from '../core/record/view.ts'
import { order, pass, quorums } from './settled-group.ts'
import { SimulatedGroup } from './simulated-group.ts'
import { WireTap } from './wire-tap.ts'

const silent: NetworkHandler = { onMessage: () => undefined, onLinkUp: () => undefined, onLinkDown: () => undefined }

/** Four servers, and a process beside them that has the key of the group and is no member. */
function attacked(quorum: 'none' | 'majority') {
  const world = new World({ seed: 1 })
  const tap = new WireTap(world)
  const group = new SimulatedGroup(world, { servers: 4, slaves: 1, quorum })
  const stranger = nodeName('stranger:1')
  world.addNode(stranger, (environment) => {
    const network = environment.network(silent)
    for (const { name, address } of [...group.servers, ...group.slaves]) network.learn(name, address)
    return { network }
  })
  expect(group.settle()).toBeDefined()
  pass(group, 3_000)
  const names = order(group).map((letter) => group.server(letter).name) as [NodeName, NodeName, NodeName, NodeName]
  const record = group.running[0]!.membership.record!
  const life = (at: number) => record.view.members[at]!
  return { group, tap, stranger, names, record, life }
}

type Attacked = ReturnType<typeof attacked>

/** Sends the same to everybody, as that node, a few times. */
function flood({ group, tap }: Attacked, from: NodeName, message: object, rounds = 5): void {
  for (let round = 0; round < rounds; round++) {
    for (const { name } of [...group.servers, ...group.slaves]) if (name !== from) tap.forge(from, name, message)
    pass(group, 200)
  }
}

/** Nobody has another view, doubts anybody, or took another life. */
function expectUnmoved({ group, record }: Attacked): void {
  pass(group, 4_000)
  for (const { membership, downs, rejoins, suspects } of group.running) {
    expect(membership.record).toEqual(record)
    expect({ downs, rejoins, suspects }).toEqual({ downs: [], rejoins: 0, suspects: [] })
  }
}

/** A record as its author would like it: without the last member, and much later. */
function wished(record: GroupRecord, change: Partial<GroupRecord>): GroupRecord {
  const members = record.view.members.slice(0, -1)
  const view = { ...record.view, members }
  return { ...record, view, voters: votersOf(view, 'majority'), version: record.version + 1, ...change }
}

describe.each(quorums)('B3: who has no say changes nothing (QUORUM = %s)', (quorum) => {
  it('forged wishes of a process that is no member', () => {
    const scene = attacked(quorum)
    const { stranger, life } = scene
    const { name, incarnation } = life(2)
    for (const message of [
      { type: 'gms.expel', name, incarnation, bar: { kind: 'until-admitted' } },
      { type: 'gms.admit', name },
      { type: 'gms.describe', applicant: { ...life(2), metadata: { zone: 'mine' } } },
      { type: 'gms.leave-req', incarnation },
      { type: 'gms.decline', incarnation: incarnation + 1 },
      { type: 'gms.dissolve' },
      { type: 'gms.leave-rsp' },
      { type: 'gms.join-refused', reason: { kind: 'barred' } },
      { type: 'gms.refute', incarnation, refutation: 9 },
      { type: 'gms.view-ack', progress: { lineage: scene.record.lineage, version: scene.record.version + 5 } },
      { type: 'gms.idle' },
      { type: 'gms.undialable', address: 'a:1', why: 'refused' },
      { type: 'gms.undialable-report', name, incarnation },
      { type: 'gms.dial-req', name, incarnation },
      { type: 'gms.dial-rsp', name, incarnation, reached: false },
    ])
      flood(scene, stranger, message, 2)
    expectUnmoved(scene)
  })

  it('a doubt or a report of a process that is no member is looked after, and not believed', () => {
    const scene = attacked(quorum)
    const { name, incarnation } = scene.life(2)
    for (const type of ['gms.suspect', 'gms.refused-report']) flood(scene, scene.stranger, { type, name, incarnation })
    flood(scene, scene.stranger, { type: 'gms.suspect', name, incarnation, soon: true })
    pass(scene.group, 4_000)
    for (const { membership, downs, rejoins } of scene.group.running) {
      expect(membership.record).toEqual(scene.record)
      expect({ downs, rejoins }).toEqual({ downs: [], rejoins: 0 })
    }
  })

  it('a join in the name of another', () => {
    const scene = attacked(quorum)
    const { stranger, life } = scene
    const later = { ...life(2), incarnation: (life(2).incarnation + 1_000) as Incarnation }
    flood(scene, stranger, { type: 'gms.join-req', applicant: later })
    expectUnmoved(scene)
  })

  it.each(['a member', 'a stranger'] as const)('views of other lineages, from %s', (who) => {
    const scene = attacked(quorum)
    const { record, stranger, names } = scene
    const from = who === 'a member' ? names[3] : stranger
    const parent = { lineage: record.lineage, version: record.version, reason: 'branch' }
    for (const change of [
      { lineage: 'foreign' },
      { lineage: 'branch', parent },
      { lineage: 'branch', parent: { ...parent, lineage: 'other' } },
    ]) {
      const forged = wished(record, change as Partial<GroupRecord>)
      flood(scene, from, { type: 'gms.view', record: forged }, 2)
      flood(scene, from, { type: 'gms.join-rsp', record: forged }, 2)
    }
    if (who === 'a stranger') return expectUnmoved(scene)
    expectUnmoved(scene)
  })

  it('a view of the same lineage from a process that is no member', () => {
    const scene = attacked(quorum)
    flood(scene, scene.stranger, { type: 'gms.view', record: wished(scene.record, {}) })
    expectUnmoved(scene)
  })

  it('old views and old deltas, replayed', () => {
    const scene = attacked(quorum)
    const { group, record, names } = scene
    const { views } = group.servers.find(({ name }) => name === names[0])!.process!
    const olds = views.filter(({ version }) => version < record.version)
    expect(olds.length).toBeGreaterThan(1)
    for (const old of olds) flood(scene, names[1], { type: 'gms.view', record: old }, 1)
    const terms = { quorum, parts: new StateParts() }
    const deltas = olds.slice(1).flatMap((after, at) => deltaBetween(olds[at]!, after, terms) ?? [])
    for (const delta of deltas) flood(scene, names[1], { type: 'gms.delta', delta }, 1)
    expect(scene.tap.of('gms.view-req')).toEqual([])
    expectUnmoved(scene)
  })

  it('deltas that lead to something else than they say', () => {
    const scene = attacked(quorum)
    const { record, names } = scene
    const left = [{ member: record.view.members[3]!, why: 'left' as const }]
    const view = changedView(record.view, { joined: [], left, updated: [] })
    const after = {
      ...record,
      view,
      voters: votersOf(view, quorum),
      version: record.version + 1,
      epoch: record.epoch + 1,
    }
    const delta = deltaBetween(record, after, { quorum, parts: new StateParts() })!
    expect(delta).toBeDefined()
    flood(scene, names[2], { type: 'gms.delta', delta: { ...delta, digest: delta.digest + 1 } }, 2)
    flood(scene, names[2], { type: 'gms.delta', delta: { ...delta, wholeDigest: delta.wholeDigest! + 1 } }, 2)
    flood(scene, names[2], { type: 'gms.delta', delta: { ...delta, base: { ...delta.base, lineage: 'foreign' } } }, 2)
    flood(scene, names[2], { type: 'gms.delta', delta: { ...delta, base: { ...delta.base, version: 1 } } }, 2)
    flood(
      scene,
      scene.stranger,
      { type: 'gms.delta', delta: { ...delta, left: [{ ...delta.left[0]!, name: 'nobody:1' }] } },
      2,
    )
    expectUnmoved(scene)
  })

  it('absurd sizes, odd keys, and messages that are none', () => {
    const scene = attacked(quorum)
    const { record, names, life } = scene
    const members = Array.from({ length: 1_025 }, (_, at) => ({ ...life(0), name: `n${at}:1` }))
    const labels = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`l${at}`, 'x']))
    const delta = {
      base: record,
      epoch: 1,
      origin: record.origin,
      left: [],
      joined: members,
      updated: [],
      barred: [],
      paroles: [],
      digest: 1,
    }
    for (const message of [
      { type: 'gms.view', record: wished(record, { view: { members: members as never, barred: [] } }) },
      { type: 'gms.join-rsp', record: wished(record, { view: { members: members as never, barred: [] } }) },
      { type: 'gms.delta', delta },
      { type: 'gms.describe', applicant: { ...life(3), metadata: { labels } } },
      { type: 'gms.describe', applicant: { ...life(3), metadata: { zone: { toString: 'x' } } } },
      { type: 'gms.describe', applicant: { ...life(3), name: '__proto__' } },
      { type: 'gms.expel', name: 'x'.repeat(256), incarnation: 1 },
      { type: 'gms.expel', name: life(0).name, incarnation: -1 },
      { type: 'gms.expel', name: life(0).name, incarnation: 1, bar: { kind: 'for', ms: Number.POSITIVE_INFINITY } },
      { type: 'gms.nonsense' },
      {},
    ])
      flood(scene, names[3], message, 2)
    expectUnmoved(scene)
  })

  it('prototype keys among labels change no prototype, and spread nowhere', () => {
    const scene = attacked(quorum)
    const { tap, names, life, group } = scene
    const labels = JSON.parse('{"__proto__":"polluted","constructor":"x","rack":"r1"}') as object
    tap.forge(names[3], names[0], { type: 'gms.describe', applicant: { ...life(3), speaks: 2, metadata: { labels } } })
    pass(group, 2_000)
    expect(({} as { polluted?: string }).polluted).toBeUndefined()
    const seen = group.running.flatMap(({ views }) =>
      views.flatMap(({ view }) => {
        const found = view.members.find(({ name }) => name === names[3])?.metadata?.labels
        return found ? [found] : []
      }),
    )
    for (const known of seen) {
      expect(Object.hasOwn(known, '__proto__')).toBe(false)
      expect(Object.getPrototypeOf(known)).toBe(Object.prototype)
      expect(known).toMatchObject({ constructor: 'x', rack: 'r1' })
    }
    // The rest of it was taken for the member's word, until that said what it says of itself.
    expect(seen.length).toBeGreaterThan(0)
    for (const { membership } of group.running)
      expect(membership.record!.view.members.map(({ metadata }) => metadata)).toEqual(Array(4).fill(undefined))
  })

  it('a member cannot speak for another: decline, leave, description', () => {
    const scene = attacked(quorum)
    const { names, life } = scene
    const { incarnation } = life(2)
    flood(scene, names[3], { type: 'gms.decline', incarnation: incarnation + 1 }, 2)
    flood(scene, names[3], { type: 'gms.leave-req', incarnation }, 2)
    flood(scene, names[3], { type: 'gms.describe', applicant: { ...life(2), metadata: { zone: 'mine' } } }, 2)
    flood(scene, names[3], { type: 'gms.dissolve' }, 2)
    expectUnmoved(scene)
  })

  it('a slave has no say at all', () => {
    const scene = attacked(quorum)
    const { group, record, life } = scene
    const slave = group.slaves[0]!.name
    const { name, incarnation } = life(1)
    flood(scene, slave, { type: 'gms.expel', name, incarnation }, 2)
    flood(scene, slave, { type: 'gms.view', record: wished(record, {}) }, 2)
    flood(scene, slave, { type: 'gms.suspect', name, incarnation, soon: true }, 2)
    flood(scene, slave, { type: 'gms.join-req', applicant: { ...life(1), name: slave } }, 2)
    expectUnmoved(scene)
  })
})
