import { type NodeName, nodeName } from '@ring/platform'
import { World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import type { ProposalOutcome } from '../core/events.ts'
import type { FormationOptions } from '../core/forming/formation.ts'
import { type RegisterRules, soundRules } from '../core/voting/rules.ts'
import { type ClusterOptions, RegisterCluster } from './register-cluster.ts'
import { variants } from './variants.ts'

const [a, b, c] = ['a', 'b', 'c'].map(nodeName) as [NodeName, NodeName, NodeName]
const abc = [a, b, c]

function cluster(options: Partial<ClusterOptions> = {}): RegisterCluster {
  const world = new World({ seed: 1, network: { mode: 'datagram', delay: { minMs: 1, meanMs: 2 } } })
  return new RegisterCluster(world, { names: abc, ...options })
}

function formed(options: Partial<ClusterOptions> = {}): RegisterCluster {
  const made = cluster(options)
  for (const name of options.names ?? abc) made.add(name)
  expect(made.awaitRecord(options.names ?? abc)).toBe(true)
  made.world.run(made.world.nowMs + 500)
  return made
}

function pass(made: RegisterCluster, ms: number): void {
  made.world.run(made.world.nowMs + ms)
}

describe('R6: a change of voters is finished when a quorum of the new voters has stored it', () => {
  /** a and b hand over to c, which cannot be reached, and leave as soon as they are told that it is finished. */
  const scenario = (rules: RegisterRules): { readonly endedCut: boolean; readonly goesOn: boolean } => {
    const made = formed({ rules })
    const { connectivity } = made.world.network
    connectivity.partition([[a, b], [c]])
    let outcome: ProposalOutcome | undefined
    made.propose(a, { voters: [made.voter(c)], state: 'handed over' }, (ended) => {
      outcome = ended
      if (ended.kind !== 'committed' || !ended.settled) return
      for (const leaver of [a, b]) {
        made.world.after(0, () => {
          made.node(leaver).crash()
          made.node(leaver).disk.forget()
        })
      }
    })
    pass(made, 1_000)
    const endedCut = outcome !== undefined
    connectivity.heal()
    const taken = made.world.run(() => made.record(c)?.state === 'handed over', { forMs: 20_000 })
    pass(made, 1_000)
    return { endedCut, goesOn: taken && made.commit(c, { state: 'alone' }).kind === 'committed' }
  }

  it('keeps the leavers until then', () => {
    expect(scenario(soundRules)).toEqual({ endedCut: false, goesOn: true })
    expect(scenario(variants['ends-before-settled'])).toEqual({ endedCut: true, goesOn: false })
  })

  it('counts a new first voter as a change, since it makes other quorums', () => {
    const made = formed({ names: [a, b] })
    made.world.network.connectivity.partition([[a], [b]])
    const voters = [made.voter(b), made.voter(a)]
    expect(made.commit(a, { voters })).toMatchObject({ kind: 'committed', settled: false })
  })

  it('says so when the new voters cannot be reached in time, and is settled by whoever changes the record next', () => {
    const made = formed()
    made.world.network.connectivity.partition([[a, b], [c]])
    const outcome = made.commit(a, { voters: [made.voter(b), made.voter(c)] })
    // b is the first of two voters, and so a quorum by itself (R2).
    expect(outcome).toMatchObject({ kind: 'committed', settled: true })
    expect(made.commit(b, { voters: [made.voter(c)] })).toMatchObject({ kind: 'committed', settled: false })
    made.world.network.connectivity.heal()
    const { version } = made.record(b)!
    expect(made.awaitRecord([c], version)).toBe(true)
    made.heard.length = 0
    expect(made.commit(c, { state: 'next' }).kind).toBe('committed')
    expect(made.heard).toContainEqual({ at: c, what: `settled ${version}` })
  })
})

describe('R7: formation', () => {
  const alike = (): FormationOptions => ({ names: abc })

  it('is decided by a majority whose directories are empty; who comes later takes the record', () => {
    const made = cluster({ formation: alike })
    made.add(b)
    made.add(c)
    expect(made.awaitRecord([b, c])).toBe(true)
    expect(made.record(b)!.voters.map((voter) => voter.name)).toEqual([b, c])
    made.add(a)
    expect(made.awaitRecord(abc)).toBe(true)
  })

  it('never happens in a minority, and half is one', () => {
    const made = cluster({ names: [a, b], formation: () => ({ names: [a, b] }) })
    made.add(a)
    pass(made, 20_000)
    expect(made.record(a)).toBeUndefined()
  })

  it('begins its numbers at the wall clock', () => {
    const made = formed()
    const { version, epoch } = made.record(a)!
    expect(version).toBe(epoch)
    expect(made.node(a).clock.wallMs() - version).toBeGreaterThanOrEqual(0)
    expect(made.node(a).clock.wallMs() - version).toBeLessThan(10_000)
  })

  /** b and c have formed; c loses its disk and forgets to say so; a and c cannot see each other's friends. */
  const forgetful = (rules: RegisterRules): RegisterCluster => {
    const made = cluster({ rules, formation: alike })
    made.add(a).crash()
    made.add(b)
    made.add(c)
    expect(made.awaitRecord([b, c])).toBe(true)
    made.world.network.connectivity.cut(a, b)
    made.world.network.connectivity.cut(b, a)
    made.world.network.options = {
      ...made.world.network.options,
      delayOf: (from, to) => ([from, to].includes(b) ? { minMs: 200, meanMs: 200 } : undefined),
    }
    made.node(c).restart('empty')
    made.node(a).restart()
    made.world.run(() => made.record(a) !== undefined, { forMs: 10_000 })
    return made
  }

  it('looks around for a record before it begins', () => {
    const made = forgetful(soundRules)
    expect(made.record(a)?.lineage).toBe(made.record(b)?.lineage)
    expect(() => forgetful(variants['forms-blindly'])).toThrow('R7: two lineages')
  })

  /** a and b form; c has promised, and no more; b loses its disk and forgets to say so. */
  const oldDirectory = (rules: RegisterRules): RegisterCluster => {
    const made = cluster({ rules, formation: alike })
    for (const name of abc) made.add(name)
    const { connectivity } = made.world.network
    made.world.run(() => made.world.trace.lines(100).some((line) => line.includes('c > a promise')))
    connectivity.cut(a, c)
    connectivity.cut(b, c)
    expect(made.awaitRecord([a, b])).toBe(true)
    connectivity.partition([[a], [b, c]])
    connectivity.mend(b, c)
    made.node(b).restart('empty')
    made.node(c).restart()
    pass(made, 20_000)
    return made
  }

  it('needs all when a directory is not empty', () => {
    const made = oldDirectory(soundRules)
    expect([made.record(b), made.record(c)]).toEqual([undefined, undefined])
    made.world.network.connectivity.heal()
    expect(made.awaitRecord(abc)).toBe(true)
    expect(() => oldDirectory(variants['forms-with-old-directories'])).toThrow('R7: two lineages')
  })

  it('stops when more names are seen than there are to be', () => {
    const made = cluster({ formation: (name) => ({ names: name === c ? abc : [a, b] }) })
    made.add(c)
    made.add(a)
    made.add(b)
    pass(made, 10_000)
    expect(made.checker.versions).toBe(0)
    expect(made.heard).toContainEqual({ at: a, what: 'stopped a,b,c' })
  })

  it('counts names that discovery finds until there are as many as expected', () => {
    const made = cluster({ formation: () => ({ names: [], expected: 3 }) })
    for (const name of abc) made.add(name)
    pass(made, 3_000)
    expect(made.checker.versions).toBe(0)
    made.driver(a)!.seen([b])
    made.driver(a)!.seen([c])
    expect(made.awaitRecord(abc)).toBe(true)
  })

  it('does without a node that only joins, in its later lives too', () => {
    let joins = true
    const made = cluster({ formation: (name) => ({ names: abc, joinOnly: joins && name === c }) })
    made.add(a)
    made.add(c)
    pass(made, 5_000)
    joins = false
    made.node(c).restart()
    pass(made, 15_000)
    expect(made.checker.versions).toBe(0)
    made.add(b)
    expect(made.awaitRecord(abc)).toBe(true)
    expect(made.record(a)!.voters.map((voter) => voter.name)).toEqual([a, b])
  })

  it('does not count a node that only joins among those who are to form', () => {
    const made = cluster({ formation: (name) => ({ names: [a, b], joinOnly: name === c }) })
    for (const name of [c, a, b]) made.add(name)
    expect(made.awaitRecord([a, b])).toBe(true)
    expect(made.heard.filter(({ what }) => what.startsWith('stopped'))).toEqual([])
  })

  it('may crash at any moment of the first writes, though the very first one failed', () => {
    for (let crashAfterMs = 0; crashAfterMs < 30; crashAfterMs++) {
      const made = formed({ names: [a, b], formation: () => ({ names: [a, b] }) })
      const late = made.add(c)
      const ordinary = late.disk.options
      late.disk.options = { ...ordinary, writeFailure: 1 }
      pass(made, 20)
      made.node(a).process!.show(c)
      pass(made, 100)
      expect(made.record(c)).toBeDefined()
      late.disk.options = ordinary
      // The next try is due half a second after the first.
      pass(made, 380 + crashAfterMs)
      late.restart()
      pass(made, 100)
      expect(late.process!.startError).toBeUndefined()
    }
  })

  it('finishes what was chosen before all crashed', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = new World({ seed })
      const made = new RegisterCluster(world, { names: abc })
      for (const name of abc) made.add(name)
      world.run(1_000 + seed * 4)
      for (const name of abc) made.node(name).restart()
      expect(made.awaitRecord(abc)).toBe(true)
    }
  })
})

describe('R8: recovery without a quorum', () => {
  const scenario = (rules: RegisterRules) => {
    const made = formed({ rules })
    const old = made.record(a)!
    made.node(b).crash()
    made.node(c).crash()
    expect(made.commit(a, { state: 'alone' }).kind).toBe('unknown')
    let outcome: ProposalOutcome | undefined
    made
      .driver(a)!
      .openLineage(
        'recovered',
        { voters: [made.voter(a)], view: null, state: 'recovered', operations: [] },
        (ended) => {
          outcome = ended
        },
      )
    made.world.run(() => outcome !== undefined)
    made.node(b).restart()
    made.node(c).restart()
    pass(made, 3_000)
    return { made, old, outcome, late: made.commit(b, { state: 'old side' }) }
  }

  it('opens a lineage above all that was known, and stops who holds its parent', () => {
    const { made, old, outcome, late } = scenario(soundRules)
    expect(outcome).toMatchObject({
      kind: 'committed',
      settled: true,
      record: { parent: { lineage: old.lineage, reason: 'recovered' }, ancestors: [old.lineage] },
    })
    const now = made.record(a)!
    expect(now.version).toBeGreaterThan(old.version + 1_000)
    expect(now.epoch).toBe(now.version)
    expect(made.heard.filter((one) => one.what === 'superseded').map((one) => one.at)).toEqual(
      expect.arrayContaining([b, c]),
    )
    expect(late).toMatchObject({ kind: 'refused', reason: 'superseded' })
    expect(() => scenario(variants['parent-goes-on'])).toThrow('R8: b goes on')
  })

  it('stops nobody for a lineage that is not on the disk yet', () => {
    const made = formed()
    made.node(a).disk.options = { ...made.node(a).disk.options, writeFailure: 1 }
    const content = { voters: [made.voter(a)], view: null, state: 'recovered', operations: [] }
    made.driver(a)!.openLineage('recovered', content, () => undefined)
    pass(made, 300)
    made.node(a).crash()
    pass(made, 3_000)
    expect([b, c].some((name) => made.driver(name)!.isSuperseded)).toBe(false)
  })

  it('stays stopped over a restart, until it rejoins', () => {
    const { made } = scenario(soundRules)
    made.node(b).restart()
    pass(made, 2_000)
    expect(made.driver(b)!.isSuperseded).toBe(true)
    made.driver(b)!.rejoin()
    expect(made.record(b)!.lineage).toBe(made.record(a)!.lineage)
    expect(made.commit(a, { voters: [made.voter(a), made.voter(b)] })).toMatchObject({
      kind: 'committed',
      settled: true,
    })
    expect(made.awaitRecord([a, b])).toBe(true)
  })

  it('may crash at any moment of rejoining', () => {
    for (let crashAfterMs = 0; crashAfterMs < 12; crashAfterMs += 0.5) {
      const { made } = scenario(soundRules)
      made.driver(b)!.rejoin()
      pass(made, crashAfterMs)
      made.node(b).restart()
      pass(made, 100)
      if (made.driver(b)!.isSuperseded) made.driver(b)!.rejoin()
      pass(made, 100)
      expect(made.driver(b)!.isSuperseded).toBe(false)
      expect(made.record(b)!.lineage).toBe(made.record(a)!.lineage)
    }
  })

  it('M5: a branch stops nobody', () => {
    const made = formed()
    made
      .driver(a)!
      .openLineage('branch', { voters: [made.voter(a)], view: null, state: 'branch', operations: [] }, () => undefined)
    pass(made, 3_000)
    expect(made.driver(b)!.isSuperseded).toBe(false)
    expect(made.commit(b, { state: 'main' }).kind).toBe('committed')
    expect(made.heard.some((one) => one.what === 'foreign')).toBe(true)
  })
})

describe('R9: voters without a state directory', () => {
  /** Of two voters the first restarts; then whether the two, which both run, can change anything. */
  const scenario = (storage: 'disk' | 'memory', restarts: NodeName) => {
    const made = formed({ names: [a, b], storage })
    made.node(restarts).restart()
    expect(made.awaitRecord([a, b])).toBe(true)
    pass(made, 3_000)
    return [a, b].map((name) => {
      const { kind } = made.commit(name, { voters: [made.voter(a), made.voter(b)], state: name })
      pass(made, 1_000)
      return kind
    })
  }

  it('are stuck when the first of two restarts, though both run; with a directory they go on', () => {
    // a has taken the record from b, under a new id: it is no voter, and b alone is no quorum.
    expect(scenario('memory', a)).toEqual(['unknown', 'unknown'])
    expect(scenario('disk', a)).toEqual(['committed', 'committed'])
  })

  it('go on when the second of two restarts, as the first is a quorum by itself', () => {
    expect(scenario('memory', b)).toEqual(['committed', 'committed'])
  })
})

describe('R10: after all have restarted', () => {
  const scenario = (rules: RegisterRules, proposer: NodeName): RegisterCluster => {
    const made = formed({ rules })
    for (const name of abc) made.node(name).crash()
    pass(made, 1_000)
    for (const name of abc) made.node(name).restart()
    pass(made, 1_000)
    const { version } = made.record(a)!
    const outcome = made.commit(proposer, { state: 'new lives' })
    if (outcome.kind === 'committed') expect(made.awaitRecord(abc, version + 1)).toBe(true)
    return made
  }

  it.each(abc)('any voter may propose the change that replaces the old lives: %s', (proposer) => {
    for (const name of abc) expect(scenario(soundRules, proposer).record(name)!.state).toBe('new lives')
    // The life that the record names is over on every node: nobody may propose any more.
    for (const name of abc) expect(scenario(variants['origin-proposes'], proposer).record(name)!.state).toBe('formed')
  })

  it('a voter whose directory was lost comes back under its new id', () => {
    const made = formed()
    made.node(c).restart('empty')
    expect(made.awaitRecord(abc)).toBe(true)
    expect(made.commit(a, { voters: abc.map((name) => made.voter(name)) })).toMatchObject({ settled: true })
    made.node(b).crash()
    expect(made.commit(a, { state: 'with c' }).kind).toBe('committed')
  })
})

describe('M3: a pause', () => {
  it('does not end a proposal that had no chance to go on', () => {
    const made = formed()
    let outcome: ProposalOutcome | undefined
    made.propose(a, { state: 'slept' }, (ended) => {
      outcome = ended
    })
    made.node(a).pause()
    pass(made, 60_000)
    made.node(a).resume()
    made.world.run(() => outcome !== undefined)
    expect(outcome?.kind).toBe('committed')
  })
})

describe('QUORUM = none', () => {
  it('one voter in memory commits within the call, without a message', () => {
    const made = cluster({ names: [a], storage: 'memory', formation: () => undefined })
    made.add(a)
    const { driver } = made.node(a).process!
    const outcomes: string[] = []
    const voters = [driver.self!]
    driver.openLineage('branch', { voters, view: ['a'], state: 0, operations: [] }, (outcome) =>
      outcomes.push(outcome.kind),
    )
    const { record } = driver
    driver.propose(record!.version, { ...record!, state: 1 }, (outcome) => outcomes.push(outcome.kind))
    expect(outcomes).toEqual(['committed', 'committed'])
    expect(driver.record).toMatchObject({ version: record!.version + 1, state: 1 })
    expect(made.world.trace.lines().some((line) => line.includes(' > '))).toBe(false)
  })
})
