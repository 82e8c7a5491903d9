import { FaultPlan, runSeeds, seedsFrom, World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import type { OperationResult } from '../core/deciding/operation.ts'
import type { StatePart } from '../core/record/state-part.ts'
import { type GmsRules, soundRules } from '../core/rules.ts'
import { checkRecords, checkViews } from './checks.ts'
import { ledgerPart, tokensOf } from './ledger-part.ts'
import { order, pass, quorums, settled } from './settled-group.ts'
import { type GroupOptions, SimulatedGroup } from './simulated-group.ts'
import { variants } from './variants.ts'
import { Writers } from './writers.ts'

type Quorum = GroupOptions['quorum']

/** @returns what is wrong, and how many of 60 operations were answered */
function random(world: World, quorum: Quorum, rules: GmsRules) {
  const four = new SimulatedGroup(world, { servers: 4, slaves: 1, quorum, rules, parts: [ledgerPart] })
  const [records, versions] = [new Map<number, string>(), new Map<string, string>()]
  four.onEachView(() => (quorum === 'none' ? checkViews(four, versions) : checkRecords(four, records)))
  const writers = new Writers(world, four)
  const plan = new FaultPlan(world, { nodes: world.nodes.map(({ name }) => name), durationMs: 20_000 }).schedule()
  writers.write(60, 22_000)
  world.run(plan.quietAtMs)
  world.run(world.nowMs + 12_000)
  if (!world.run(() => four.agrees, { forMs: 60_000, everyMs: 20 }))
    throw new Error(four.running.map(({ names }) => `[${names}]`).join(' '))
  const states = new Set(four.running.map(({ membership }) => JSON.stringify(membership.record!.state)))
  if (states.size > 1) throw new Error(`S3: ${[...states].join(' and ')} under one version`)
  return { faults: [...writers.faults(quorum === 'majority'), ...lateOnes(world, four)], done: writers.done }
}

/** In a world without trouble everybody is answered. */
function lateOnes(world: World, group: SimulatedGroup): readonly string[] {
  const ends = group.running.map(({ membership }) => {
    const results: OperationResult[] = []
    membership.propose({ part: 'ledger', body: { token: 'last' } }, (end) => results.push(end))
    return results
  })
  world.run(world.nowMs + 3_000)
  return ends.filter(([end]) => end?.kind !== 'done').map((end) => `not answered in peace: ${JSON.stringify(end)}`)
}

describe('S2: operations among any trouble', () => {
  it.each(quorums)('each takes effect once at most, and "did not happen" is true (QUORUM = %s)', (quorum) => {
    const counts: number[] = []
    runSeeds({
      name: `operations, QUORUM = ${quorum}`,
      seeds: seedsFrom(process.env, 15),
      twice: false,
      scenario: (world) => {
        const { faults, done } = random(world, quorum, soundRules)
        if (faults.length > 0) throw new Error(faults.join('; '))
        counts.push(done)
      },
    })
    expect(counts.reduce((sum, done) => sum + done, 0)).toBeGreaterThan(25 * counts.length)
  })

  it.each(['outcomes-forgotten'] as const)('it would be noticed: %s', (name) => {
    const caught = Array.from({ length: 30 }, (_, at) => at + 1).find(
      (seed) => random(new World({ seed }), 'majority', variants[name]).faults.length > 0,
    )
    console.log(`${name}: seed ${caught}`)
    expect(caught).toBeDefined()
  })
})

/** A settled group, and what its nodes are answered. */
function operating(quorum: Quorum, parts: readonly StatePart[] = [ledgerPart], slaves = 0) {
  const group = new SimulatedGroup(new World({ seed: 1 }), { servers: 3, quorum, parts, slaves })
  if (group.settle() === undefined) throw new Error('the group did not come together')
  pass(group, 500)
  const ask = (
    letter: string,
    wanted: { readonly part?: string; readonly body?: unknown; readonly id?: string },
    timeoutMs?: number,
  ) => {
    const results: OperationResult[] = []
    const member = letter === 'slave' ? group.slaves[0]!.process! : group.member(letter)
    member.membership.propose(
      { part: 'ledger', body: { token: 'x' }, ...wanted },
      (end) => results.push(end),
      timeoutMs,
    )
    return results
  }
  return { group, ask, tokens: (letter: string) => tokensOf(group.member(letter).membership.record!.state) }
}

describe.each(quorums)('an operation (QUORUM = %s)', (quorum) => {
  it('asked for at any node is decided by the coordinator, seen by all, and answered with its outcome', () => {
    const { group, ask, tokens } = operating(quorum, [ledgerPart], 1)
    const [first, , last] = order(group)
    const before = group.member('a').membership.record!
    const all = [
      ask(first!, { body: { token: 'p' } }),
      ask(last!, { body: { token: 'q' } }),
      ask('slave', { body: { token: 'r' } }),
    ]
    pass(group, 1_000)
    const version = group.member('a').membership.record!.version
    expect(all.flat().map((end) => end.kind)).toEqual(['done', 'done', 'done'])
    expect([...tokens(first!)].sort()).toEqual(['p', 'q', 'r'])
    for (const letter of order(group)) expect(tokens(letter)).toEqual(tokens(first!))
    // Those that wait share a version.
    expect(version - before.version).toBeLessThanOrEqual(3)
    const { epoch, operations } = group.member('b').membership.record!
    expect(epoch).toBe(before.epoch)
    expect(operations).toHaveLength(3)
  })

  it('S2: of one id takes effect once, whoever tries it again, and answers what it came to', () => {
    const { group, ask, tokens } = operating(quorum)
    const first = ask('a', { id: 'once', body: { token: 'p' } })
    pass(group, 500)
    const again = ask('b', { id: 'once', body: { token: 'p' } })
    const other = ask('c', { id: 'once', body: { token: 'q' } })
    pass(group, 500)
    expect(again).toEqual(first)
    expect(first).toMatchObject([{ kind: 'done', outcome: { place: 0 } }])
    expect(other).toEqual([{ kind: 'refused', why: 'id-taken' }])
    expect(tokens('a')).toEqual(['p'])
  })

  it('S3, S4: that does not fit changes nothing and says why', () => {
    const failing: StatePart<object> = {
      name: 'failing',
      maxChars: 100,
      check: (own): own is object => typeof own === 'object',
      follow: (own) => own ?? {},
      apply: (_own, body) => {
        if (body === 'throw') throw new Error('a fault of the part')
        return { own: { text: 'x'.repeat(200) }, outcome: null }
      },
    }
    const { group, ask } = operating(quorum, [ledgerPart, failing])
    const before = group.member('a').membership.record!.version
    const ends = [
      ask('a', { part: 'unheard-of' }),
      ask('b', { part: 'failing', body: 'throw' }),
      ask('c', { part: 'failing', body: 'grow' }),
    ]
    pass(group, 1_000)
    expect(ends.flat().map((end) => (end.kind === 'refused' ? end.why : end.kind))).toEqual([
      'unknown-part',
      'part-failed',
      'too-large',
    ])
    expect(group.member('a').membership.record!.version).toBe(before)
    const invalid = ask('a', { body: { token: 5 } })
    pass(group, 500)
    expect(invalid).toMatchObject([{ kind: 'done', outcome: { invalid: true } }])
  })

  it('puts a member out and lets it in again, and answers what that came to', () => {
    const { group } = operating(quorum)
    const [, asked, other] = order(group)
    const results: OperationResult[] = []
    const { membership } = group.member(asked!)
    membership.expel(group.server(other!).name, { kind: 'until-admitted' }, (end) => results.push(end))
    pass(group, 4_000)
    membership.expel(group.server(other!).name, undefined, (end) => results.push(end))
    membership.admit(group.server(other!).name, (end) => results.push(end))
    pass(group, 4_000)
    expect(results).toMatchObject([
      { kind: 'done', outcome: { expelled: true, barred: true } },
      { kind: 'done', outcome: { expelled: false, barred: true } },
      { kind: 'done', outcome: { admitted: true } },
    ])
    expect(group.settle()).toBeDefined()
  })
})

describe('an operation without a quorum', () => {
  it('ends at once, did not happen, and names who is missing', () => {
    const { group, ask } = operating('majority')
    const [first, second, third] = order(group)
    for (const letter of [second, third]) group.server(letter!).crash()
    pass(group, 8_000)
    const ends = ask(first!, {}, 5_000)
    pass(group, 50)
    const missing = [second, third].map((letter) => group.server(letter!).name).sort()
    expect(ends).toHaveLength(1)
    expect(ends[0]).toMatchObject({ kind: 'no-quorum', mayHaveHappened: false })
    const [end] = ends
    expect(end?.kind === 'no-quorum' && [...end.missing].sort()).toEqual(missing)
  })

  it('says that it may have happened where it was on its way when the others went', () => {
    const { group, ask } = operating('majority')
    const [first, second, third] = order(group)
    for (const letter of [second, third]) group.server(letter!).crash()
    const ends = ask(first!, {}, 5_000)
    pass(group, 6_000)
    expect(ends).toMatchObject([{ kind: 'no-quorum', mayHaveHappened: true }])
  })

  it('S2: whose first try nobody remembers any more is not done a second time', () => {
    const { group, ask, tokens } = operating('majority')
    const first = ask('a', { id: 'old', body: { token: 'old' } })
    pass(group, 500)
    for (let at = 0; at < 300; at++) ask('b', { body: { token: '' } })
    pass(group, 3_000)
    const { outcomes, operations } = group.member('a').membership.record!
    expect(operations).toHaveLength(256)
    expect((outcomes as { forgotten: number }).forgotten).toBeGreaterThanOrEqual(
      (first[0] as { version: number }).version,
    )
    expect(tokens('a').filter((token) => token === 'old')).toHaveLength(1)
  })
})

it('S1: a value that its part cannot act on stays as it is', () => {
  const group = settled({
    rules: soundRules,
    quorum: 'none',
    parts: [{ ...ledgerPart, follow: () => ({ odd: 1 }) }],
  })
  const results: OperationResult[] = []
  group.member('a').membership.propose({ part: 'ledger', body: { token: 'x' } }, (end) => results.push(end))
  pass(group, 500)
  expect(results).toEqual([{ kind: 'refused', why: 'part-invalid' }])
  expect(group.member('b').membership.record!.state).toEqual({ ledger: { odd: 1 } })
})
