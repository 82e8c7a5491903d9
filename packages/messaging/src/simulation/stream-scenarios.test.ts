import { describe, expect, it } from 'vitest'
import { soundStreamRules } from '../core/program/streaming/stream-rules.ts'
import type { SimulatedRules } from './simulated-ring.ts'
import { boundOfHeld, nameOf, type Run, type Streamed, type StreamFaults, StreamScenario } from './stream-scenario.ts'

const runs = Number(process.env['SEEDS'] ?? 20)
const first = Number(process.env['SEED'] ?? 1)
const seeds = Array.from({ length: runs }, (_, index) => first + index)

/** Which run the items are of: a beginning of what it yielded, and of no other. */
function runOf(scenario: StreamScenario, { id, items }: Streamed): Run | undefined {
  const names = items.map(nameOf)
  const name = names.find((one) => one !== undefined)?.run
  const all = scenario.runs.filter((run) => run.id === id)
  const fits = (run: Run): boolean => items.every(({ length }, place) => run.yielded[place] === length)
  const run = name === undefined ? (all.find(fits) ?? all[0]) : scenario.runs[name]
  if (run === undefined) return undefined
  expect(run.id).toBe(id)
  names.forEach((one, place) => {
    if (one !== undefined) expect(one, `item ${place}`).toEqual({ run: name, place })
  })
  expect(run.yielded.slice(0, items.length)).toEqual(items.map(({ length }) => length))
  return run
}

/** K1: what came is a beginning of one run, in order, and whole exactly where it ended so. */
function checkStream(scenario: StreamScenario, one: Streamed): void {
  const all = scenario.runs.filter(({ id }) => id === one.id)
  const run = runOf(scenario, one)
  if (!one.idempotent) expect(all.length).toBeLessThanOrEqual(1)
  if (isNotDelivered(one)) expect(all).toEqual([])
  if (one.items.length > 0) expect(run).toBeDefined()
  if (one.end === 'end') {
    // Of several runs without a single byte nobody can say which it was.
    const whole = all.some(({ end, yielded }) => end === 'end' && yielded.length === one.items.length)
    expect(whole, 'it is whole').toBe(true)
  }
  if (one.end === 'RING_HANDLER_FAILED' && one.message.includes('threw')) {
    expect(all.some(({ end, yielded }) => end === 'threw' && yielded.length === one.items.length)).toBe(true)
  }
}

const isNotDelivered = ({ message }: Streamed): boolean => message.startsWith('Not delivered')

function check(scenario: StreamScenario): void {
  for (const one of scenario.streams) {
    expect(one.end, `stream ${one.id} has ended`).toBeDefined()
    try {
      checkStream(scenario, one)
    } catch (error) {
      throw new Error(`stream ${one.id} (${one.consumer}) ended ${one.end}`, { cause: error })
    }
  }
  expect(scenario.leftovers).toEqual([])
  expect(scenario.mostHeldBytes).toBeLessThanOrEqual(boundOfHeld)
  expect(scenario.ring.violations).toEqual([])
}

/** Nothing is lost: each ends as its only run did. */
function checkWhole({ streams, runs: all }: StreamScenario): void {
  for (const { id, end } of streams) {
    const [run] = all.filter((one) => one.id === id)
    expect(end, `stream ${id}`).toBe(run?.end === 'threw' ? 'RING_HANDLER_FAILED' : 'end')
  }
}

const withoutLosses = { moves: true, losses: false, cancels: false }
const withLosses = { moves: true, losses: true, cancels: true }

interface Tally {
  readonly ends: Set<string>
  items: number
}

async function each(
  faults: StreamFaults,
  also: (scenario: StreamScenario) => void = () => undefined,
  rules: SimulatedRules = {},
  from = seeds,
): Promise<Tally> {
  const tally: Tally = { ends: new Set(), items: 0 }
  for (const seed of from) {
    const scenario = new StreamScenario(seed, faults, rules)
    try {
      await scenario.run(900)
      check(scenario)
      also(scenario)
    } catch (error) {
      throw new Error(`SEED=${seed} SEEDS=1 repeats this run`, { cause: error })
    }
    for (const { end, items } of scenario.streams) {
      tally.ends.add(end!)
      tally.items += items.length
    }
  }
  return tally
}

describe('streams of a simulated ring', () => {
  it('K1, K3: all come whole while partitions move, whatever their consumers take, and nothing is left', async () => {
    const { ends, items } = await each(withoutLosses, checkWhole)
    expect([...ends].sort()).toEqual(['RING_HANDLER_FAILED', 'end'])
    expect(items).toBeGreaterThan(runs * 100)
  })

  it('K1, K3: what came is a beginning of one run, whatever is lost, moved, expelled or broken off; nothing is left', async () => {
    const { ends } = await each(withLosses)
    if (runs < 20) return
    const losses = ['link-lost', 'program-lost', 'overdue-running', 'cancelled-running', 'RING_HANDLER_FAILED']
    for (const end of ['end', 'broken', ...losses]) expect(ends).toContain(end)
  })

  it('F6, K1: likewise with nodes that know no credit in the way', async () => {
    let advised = 0
    const { ends } = await each({ ...withLosses, mixed: true }, ({ streams }) => {
      advised += streams.filter(({ message }) => message.includes('knows no streams')).length
    })
    if (runs < 20) return
    expect(ends).toContain('old-version')
    expect(advised).toBeGreaterThan(0)
  })

  it('a run is repeated exactly by its seed', async () => {
    const traces: string[] = []
    for (let time = 0; time < 2; time++) {
      const scenario = new StreamScenario(7, withLosses)
      await scenario.run(900)
      const seen = scenario.streams.map(({ items, ...rest }) => ({ ...rest, items: items.map(nameOf) }))
      traces.push(JSON.stringify([scenario.runs, seen, scenario.mostHeldBytes]))
    }
    expect(traces[0]).toBe(traces[1])
  })

  it.each([
    ['credit', { creditBinds: false }, withoutLosses, checkWhole],
    ['one opening', { opensOnce: false }, withLosses, undefined],
    ['the closing of iterators', { iteratorsClose: false }, withLosses, undefined],
  ])('a variant without the rule of %s is noticed', async (_rule, without, faults, also) => {
    const streams = { ...soundStreamRules, ...without }
    await expect(each(faults, also, { streams }, [1, 2, 3, 4, 5, 6, 7, 8])).rejects.toThrow(/SEED=/)
  })
})
