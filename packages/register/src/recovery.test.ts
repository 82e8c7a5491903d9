import { type NodeName, nodeName } from '@ring/platform'
import { type NodeEnvironment, World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import type { RingRecord } from './core/record/record.ts'
import type { RegisterWrite, VoteState } from './core/record/state.ts'
import { type Recovery, readStored, recoverStored } from './recovery.ts'
import { RegisterStorage } from './storage.ts'

const [a, b, c] = ['a', 'b', 'c'].map(nodeName) as [NodeName, NodeName, NodeName]
const record: RingRecord = {
  lineage: 'old',
  version: 7,
  epoch: 3,
  ancestors: [],
  voters: [a, b, c].map((name) => ({ name, voterId: `id of ${name}` })),
  view: ['a', 'b', 'c'],
  state: { services: 1 },
  operations: ['op'],
  origin: { name: b, incarnation: 1, sequence: 1 },
}
const vote: VoteState = { voterId: 'id of a', incarnation: 5, after: { lineage: 'old', version: 7 } }

function machine(writes: readonly RegisterWrite[]) {
  const world = new World({ seed: 1 })
  const node = world.addNode(a, ({ disk }: NodeEnvironment) => ({ disk, storage: new RegisterStorage(disk) }))
  const result = <T>(begin: (done: (value: T) => void) => void): T => {
    let value: { readonly is: T } | undefined
    begin((is) => {
      value = { is }
    })
    expect(world.run(() => value !== undefined)).toBe(true)
    return value!.is
  }
  const { disk, storage } = node.process!
  result((done: Parameters<RegisterStorage['save']>[1]) => storage.save(writes, done))
  const recover = (change: Partial<Recovery> = {}) => {
    const content: Recovery['content'] = (last, version) => ({ view: ['a'], state: { of: last.version, version } })
    const recovery = { name: a, giveUp: ['b', 'c'], lineage: 'new', wallMs: 1_000_000.5, content, ...change }
    return result((done: Parameters<typeof recoverStored>[2]) => recoverStored(disk, recovery, done))
  }
  const read = () => result((done: Parameters<typeof readStored>[1]) => readStored(disk, done))
  const load = () => result((done: Parameters<RegisterStorage['load']>[0]) => node.process!.storage.load(done))
  return { world, node, recover, read, load }
}

const held: readonly RegisterWrite[] = [
  { file: 'record', record },
  { file: 'vote', vote },
]

describe('R8: recovery in the state directory of a node that does not run', () => {
  it('opens a lineage above all that was known, with its parent and the names given up', () => {
    const { recover, read, load } = machine(held)
    const result = recover()
    expect(result).toMatchObject({
      ok: true,
      value: {
        lineage: 'new',
        version: 1_000_000,
        epoch: 1_000_000,
        parent: { lineage: 'old', version: 7, reason: 'recovered', givenUp: ['b', 'c'] },
        ancestors: ['old'],
        voters: [{ name: 'a', voterId: 'id of a' }],
        view: ['a'],
        state: { of: 7, version: 1_000_000 },
        operations: ['op'],
      },
    })
    expect(read()).toMatchObject({ ok: true, value: { voterId: 'id of a', record: result.ok ? result.value : {} } })
    // The next life is not the one that the record names, which used its one ballot.
    expect(load()).toMatchObject({ value: { vote: { incarnation: 6, after: { lineage: 'new' } } } })
  })

  it('begins above what is known when the clock is behind', () => {
    expect(machine(held).recover({ wallMs: 0 })).toMatchObject({ value: { version: 8, epoch: 4 } })
  })

  it('keeps what this voter had accepted: the others may have decided on it', () => {
    const next: RingRecord = { ...record, version: 8, state: { services: 2 }, voters: record.voters.slice(0, 2) }
    const accepted = { ballot: { round: 1, incarnation: 1, name: b }, record: next }
    const { recover, read } = machine([held[0]!, { file: 'vote', vote: { ...vote, accepted } }])
    expect(read()).toMatchObject({ value: { record, pending: next } })
    // Whoever votes on one of the two is given up.
    expect(recover({ giveUp: ['b'] })).toMatchObject({ ok: false })
    expect(recover()).toMatchObject({ value: { parent: { version: 8 }, state: { of: 8 } } })
  })

  it.each([
    [['b'], 'c'],
    [[], 'b, c'],
    [['b', 'c', 'd'], 'd is not another voter'],
    [['a', 'b', 'c'], 'a is not another voter'],
  ])('changes nothing unless exactly the other voters are named: %j', (giveUp, text) => {
    const { recover, read } = machine(held)
    const result = recover({ giveUp })
    expect(result).toMatchObject({ ok: false, error: { code: 'RING_REGISTER_REFUSED' } })
    expect(result.ok ? '' : result.error.message).toContain(text)
    expect(read()).toMatchObject({ value: { record } })
  })

  it('has nothing to go on from without a record', () => {
    expect(machine([]).read()).toEqual({ ok: true, value: undefined })
    for (const writes of [[], [{ file: 'vote', vote: { voterId: 'id of a', incarnation: 5 } }]] as const)
      expect(machine(writes).recover()).toMatchObject({ ok: false, error: { reason: 'no-record' } })
  })

  it('does not go against a recovery that it has heard of', () => {
    const supersededBy = { ...record, lineage: 'other', ancestors: ['old'] }
    const { recover } = machine([held[0]!, { file: 'vote', vote: { ...vote, supersededBy } }])
    expect(recover()).toMatchObject({ ok: false, error: { reason: 'superseded' } })
  })

  it('may crash at any moment: the old record is there, or the new one', () => {
    const found = new Set<string>()
    for (let afterMs = 0; afterMs < 25; afterMs++) {
      const { world, node, load } = machine(held)
      const recovery = {
        name: a,
        giveUp: ['b', 'c'],
        lineage: 'new',
        wallMs: 1,
        content: () => ({ view: [], state: 0 }),
      }
      recoverStored(node.process!.disk, recovery, () => undefined)
      world.run(world.nowMs + afterMs)
      node.restart()
      const stored = load()
      expect(stored.ok).toBe(true)
      if (stored.ok) found.add(stored.value!.record!.lineage)
    }
    expect(found).toEqual(new Set(['old', 'new']))
  })
})
