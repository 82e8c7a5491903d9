import { type NodeName, nodeName } from '@ring/platform'
import { World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { type RegisterRules, soundRules } from '../core/voting/rules.ts'
import { RegisterCluster } from './register-cluster.ts'
import { variants } from './variants.ts'

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(nodeName) as [NodeName, NodeName, NodeName, NodeName]

/** A formed cluster over a network without loss; every message travels by itself, so that a cut hits it at once. */
function formed(names: readonly NodeName[], rules: RegisterRules, seed = 1): RegisterCluster {
  const world = new World({ seed, network: { mode: 'datagram', delay: { minMs: 1, meanMs: 2 } } })
  const cluster = new RegisterCluster(world, { names, rules, timing: { syncMs: 0 } })
  for (const name of names) cluster.add(name)
  expect(cluster.awaitRecord(names)).toBe(true)
  world.run(world.nowMs + 500)
  return cluster
}

function isolate(cluster: RegisterCluster, from: NodeName, ...others: readonly NodeName[]): void {
  for (const other of others) {
    cluster.world.network.connectivity.cut(from, other)
    cluster.world.network.connectivity.cut(other, from)
  }
}

const heal = (cluster: RegisterCluster): void => {
  cluster.world.network.connectivity.heal()
}

/** `name` commits a value, and is gone in the very moment in which it knows: whatever it sent of it is lost. */
function commitAndVanish(cluster: RegisterCluster, name: NodeName, state: string): void {
  cluster.propose(name, { state })
  expect(cluster.world.run(() => cluster.record(name)?.state === state)).toBe(true)
  for (const other of cluster.nodes.keys()) cluster.world.network.connectivity.cut(name, other)
  cluster.node(name).crash()
  cluster.world.run(cluster.world.nowMs + 100)
}

const twoRecords = /R1: two records with version/

describe('R1: single-decree Paxos for each version', () => {
  /** a and b choose X, and nobody but a knows; then c proposes Y. */
  const scenario = (rules: RegisterRules): string => {
    const cluster = formed([a, b, c], rules)
    isolate(cluster, a, c)
    commitAndVanish(cluster, a, 'X')
    const outcome = cluster.commit(c, { state: 'Y' })
    return `${outcome.kind} ${String(cluster.record(c)?.state)}`
  }

  it('takes over a value that may have been chosen', () => {
    expect(scenario(soundRules)).toBe('lost X')
    expect(() => scenario(variants['own-value-only'])).toThrow(twoRecords)
  })

  it('lets a voter that is behind fetch what it lacks before it votes', () => {
    const cluster = formed([a, b, c], soundRules)
    isolate(cluster, c, a, b)
    for (const state of ['1', '2', '3']) expect(cluster.commit(a, { state }).kind).toBe('committed')
    heal(cluster)
    cluster.node(b).crash()
    expect(cluster.commit(a, { state: '4' })).toMatchObject({ kind: 'committed' })
    expect(cluster.awaitRecord([a, c])).toBe(true)
    expect(cluster.record(c)?.state).toBe('4')
  })

  it('answers who asks about a decided version with the record', () => {
    const cluster = formed([a, b, c], soundRules)
    isolate(cluster, c, a, b)
    cluster.commit(a, { state: 'X' })
    heal(cluster)
    expect(cluster.commit(c, { state: 'Y' })).toMatchObject({ kind: 'lost', record: { state: 'X' } })
  })

  it('says that a proposal without a quorum may have happened only once its value was sent', () => {
    const cluster = formed([a, b, c], soundRules)
    isolate(cluster, a, b, c)
    isolate(cluster, b, c)
    expect(cluster.commit(a, { state: 'X' })).toEqual({ kind: 'unknown', mayHaveHappened: true })
    expect(cluster.commit(b, { state: 'Y' })).toEqual({ kind: 'unknown', mayHaveHappened: false })
  })

  it('finishes after a restart what was accepted and perhaps chosen', () => {
    const cluster = formed([a], soundRules)
    cluster.commit(a, { state: 'X' })
    const { version } = cluster.record(a)!
    cluster.propose(a, { state: 'Y' })
    cluster.world.run(() => cluster.record(a)?.state === 'Y')
    // The acceptance is on the disk, and "committed" is not yet.
    cluster.node(a).restart()
    expect(cluster.awaitRecord([a], version + 1)).toBe(true)
    expect(cluster.record(a)?.state).toBe('Y')
  })
})

describe('R2: a majority, or exactly half with the first voter', () => {
  const scenario = (rules: RegisterRules): readonly string[] => {
    const cluster = formed([a, b, c, d], rules)
    for (const one of [a, b]) isolate(cluster, one, c, d)
    const outcomes: string[] = []
    cluster.propose(a, { state: 'X' }, (outcome) => outcomes.push(outcome.kind))
    cluster.propose(c, { state: 'Y' }, (outcome) => outcomes.push(outcome.kind))
    cluster.world.run(() => outcomes.length === 2)
    return outcomes
  }

  it('lets only the half with the first voter decide', () => {
    expect(scenario(soundRules)).toEqual(['committed', 'unknown'])
    expect(() => scenario(variants['any-half'])).toThrow(twoRecords)
  })
})

describe('R3: a voter is a name and the id of its state directory', () => {
  /** a and b choose X; b forgets it; c asks b to vote on Y. */
  const scenario = (rules: RegisterRules): string => {
    const cluster = formed([a, b, c], rules)
    isolate(cluster, a, c)
    isolate(cluster, b, c)
    commitAndVanish(cluster, a, 'X')
    cluster.node(b).restart('empty')
    heal(cluster)
    return cluster.commit(c, { state: 'Y' }).kind
  }

  it('does not let a voter that forgot vote again', () => {
    expect(scenario(soundRules)).toBe('unknown')
    expect(() => scenario(variants['name-only'])).toThrow(twoRecords)
  })
})

describe('R4: on the disk before it is answered, and no ballot twice', () => {
  /** a chooses X with b, whose disk is slow; both crash; b and c choose Y. */
  const forgetful = (rules: RegisterRules, seed: number): void => {
    const cluster = formed([a, b, c], rules, seed)
    isolate(cluster, a, c)
    cluster.node(b).disk.options = { latencyMinMs: 1_000, latencyMaxMs: 1_000, writeFailure: 0 }
    cluster.propose(a, { state: 'X' })
    cluster.world.run(() => cluster.record(a)?.state === 'X', { forMs: 500 })
    cluster.node(a).crash()
    cluster.node(b).disk.options = { latencyMinMs: 1, latencyMaxMs: 1, writeFailure: 0 }
    cluster.node(b).restart()
    cluster.world.run(cluster.world.nowMs + 100)
    cluster.commit(c, { state: 'Y' })
    heal(cluster)
    cluster.node(a).restart()
    cluster.awaitRecord([a, b, c])
  }

  it('stores a promise and an acceptance before the answer leaves', () => {
    const seeds = [1, 2, 3, 4, 5, 6]
    for (const seed of seeds) forgetful(soundRules, seed)
    // A crash may leave the new file, too: so not every seed shows it.
    const broken = seeds.filter((seed) => {
      try {
        forgetful(variants['answers-before-store'], seed)
        return false
      } catch (error) {
        expect(String(error)).toMatch(twoRecords)
        return true
      }
    })
    expect(broken.length).toBeGreaterThan(0)
  })

  /** d, no voter, has X accepted by a; restarts; has Y accepted by b and c; then a asks a and b. */
  const reusing = (rules: RegisterRules): unknown => {
    const cluster = formed([a, b, c, d], rules)
    const voters = [a, b, c].map((name) => cluster.voter(name))
    expect(cluster.commit(a, { voters })).toMatchObject({ kind: 'committed', settled: true })
    cluster.awaitRecord([a, b, c, d])
    cluster.propose(d, { state: 'X' })
    expect(cluster.world.run(() => sent(cluster, 'a > d promise') && sent(cluster, 'b > d promise'))).toBe(true)
    for (const name of [b, c]) cluster.world.network.connectivity.cut(d, name)
    expect(cluster.world.run(() => sent(cluster, 'a > d accepted'))).toBe(true)
    cluster.node(d).restart()
    heal(cluster)
    isolate(cluster, a, b, c, d)
    cluster.awaitRecord([b, c, d])
    commitAndVanish(cluster, d, 'Y')
    heal(cluster)
    isolate(cluster, a, c)
    isolate(cluster, d, a, b, c)
    cluster.commit(a, { state: 'Z' })
    return cluster.record(a)?.state
  }

  it('uses a ballot for one value only, over restarts too', () => {
    expect(reusing(soundRules)).toBe('Y')
    expect(() => reusing(variants['ballots-again'])).toThrow(twoRecords)
  })

  it('makes ballots above those of earlier lives, though the clock was set back', () => {
    const cluster = formed([a, b, c], soundRules)
    const before = cluster.record(a)!.origin.incarnation
    cluster.node(a).clock.jumpWall(-3_600_000)
    cluster.node(a).restart()
    cluster.world.run(cluster.world.nowMs + 100)
    expect(cluster.commit(a, { state: 'X' }).kind).toBe('committed')
    expect(cluster.record(a)!.origin.incarnation).toBeGreaterThan(before)
  })

  it('answers nothing while the disk fails, and goes on when it works again', () => {
    const cluster = formed([a, b, c], soundRules)
    cluster.node(c).crash()
    const { disk } = cluster.node(b)
    disk.options = { ...disk.options, writeFailure: 1 }
    expect(cluster.commit(a, { state: 'X' }).kind).toBe('unknown')
    disk.options = { ...disk.options, writeFailure: 0 }
    expect(cluster.commit(a, { state: 'Y' })).toMatchObject({ kind: 'lost', record: { state: 'X' } })
    expect(cluster.commit(a, { state: 'Z' }).kind).toBe('committed')
  })
})

describe('R5: the fast path', () => {
  it('needs no prepare for the life that proposed the present record', () => {
    const cluster = formed([a, b, c], soundRules)
    cluster.commit(a, { state: 'X' })
    const prepares = (): number => cluster.world.trace.lines().filter((line) => line.includes(' prepare ')).length
    const before = prepares()
    cluster.commit(a, { state: 'Y' })
    expect(prepares()).toBe(before)
    cluster.commit(b, { state: 'Z' })
    expect(prepares()).toBeGreaterThan(before)
  })

  /** a has X accepted by b under ballot 0 and does not hear of it; then it has Y accepted by c. */
  const scenario = (rules: RegisterRules): unknown => {
    const cluster = formed([a, b, c], rules)
    const { connectivity } = cluster.world.network
    connectivity.cut(a, c)
    connectivity.cut(b, a)
    expect(cluster.commit(a, { state: 'X' })).toEqual({ kind: 'unknown', mayHaveHappened: true })
    heal(cluster)
    isolate(cluster, a, b)
    cluster.propose(a, { state: 'Y' })
    expect(cluster.world.run(() => cluster.record(a)?.state !== 'formed')).toBe(true)
    isolate(cluster, a, c)
    cluster.node(a).crash()
    cluster.commit(b, { state: 'Z' })
    return cluster.record(b)?.state
  }

  it('uses ballot 0 for one value only', () => {
    expect(scenario(soundRules)).toBe('X')
    expect(() => scenario(variants['fast-twice'])).toThrow(twoRecords)
  })
})

function sent(cluster: RegisterCluster, what: string): boolean {
  return cluster.world.trace.lines(200).some((line) => line.includes(what))
}
