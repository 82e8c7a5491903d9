import { describe, expect, it } from 'vitest'
import { type RelayRules, soundRelayRules } from '../core/relay/rules.ts'
import { type Mishaps, MovingPartitions } from './moving-partitions.ts'

const runs = Number(process.env['SEEDS'] ?? 40)
const first = Number(process.env['SEED'] ?? 1)
const calm: Mishaps = { losses: false, cancels: false, fanOuts: false }

/** What must hold whatever happens: D3, D4 and K1. */
function faultsOf(moving: MovingPartitions): string[] {
  const starts = new Map<number, number>()
  const startsAt = new Set<string>()
  const twice: string[] = []
  for (const { id, by } of moving.started) {
    starts.set(id, (starts.get(id) ?? 0) + 1)
    const at = `${id} at ${by.split('/')[0]}`
    if (startsAt.has(at)) twice.push(`${at} was started twice`)
    startsAt.add(at)
  }
  const wrong = moving.written.filter(({ id, ends, outcome, isFanOut }) => {
    const ran = starts.get(id) ?? 0
    if (ends !== 1 || (outcome === 'reply' && ran === 0) || (ran > 1 && !isFanOut)) return true
    return outcome.startsWith('RING_NOT_DELIVERED') && ran > 0 && !isFanOut
  })
  return [
    ...moving.broken,
    ...twice,
    ...moving.ring.violations,
    ...moving.lost().map(({ id, key }) => `${id} was answered, and is not in the state of ${key}`),
    ...wrong.map((one) => `${JSON.stringify(one)} ran ${starts.get(one.id) ?? 0} times`),
  ]
}

/** K2, D5: handlers start the calls of one sender, service and key in their order. */
function overtaken(moving: MovingPartitions): string[] {
  const last = new Map<string, number>()
  const found: string[] = []
  for (const { id, by } of moving.started) {
    const { origin, key, service, isFanOut } = moving.written[id]!
    // What every server is asked has an order at each of them; a server that takes over may have had it before what went to one.
    const lane = `${isFanOut ? by : 'anywhere'} ${origin} ${service} ${key}`
    if (id <= (last.get(lane) ?? -1)) found.push(`${lane}: ${id} after ${last.get(lane)}`)
    last.set(lane, id)
  }
  return found
}

const failed = (moving: MovingPartitions): string[] =>
  moving.written.filter(({ outcome }) => outcome !== 'reply').map((one) => JSON.stringify(one))

async function moved(seed: number, mishaps: Mishaps, steps: number, rules?: RelayRules): Promise<MovingPartitions> {
  const moving = new MovingPartitions(seed, mishaps, rules)
  await moving.run(steps)
  return moving
}

async function each(mishaps: Mishaps, check: (moving: MovingPartitions) => string[], steps = 3_000): Promise<void> {
  let [commits, opens] = [0, 0]
  for (let seed = first; seed < first + runs; seed++) {
    const moving = await moved(seed, mishaps, steps)
    expect(check(moving), `SEED=${seed} SEEDS=1 repeats this run`).toEqual([])
    commits += moving.commits
    opens += moving.opens
  }
  if (runs < 20) return
  expect(commits).toBeGreaterThan(runs)
  expect(opens).toBeGreaterThan(runs)
}

describe('partitions that move with their data', () => {
  it('D3 D4 D5 K2: no call fails, none is lost or overtaken, and nothing runs between "drained" and the record', async () => {
    await each(calm, (moving) => [...faultsOf(moving), ...overtaken(moving), ...failed(moving)])
  })

  it('D3 D4 K1: likewise whatever is lost, cancelled, paused or doubted: each call ends once, and what was answered is there', async () => {
    await each({ losses: true, cancels: true, fanOuts: false }, faultsOf)
  })

  it('D4 D5: what is asked of every server of a key is known to all that the key has in the end, and none was asked twice', async () => {
    await each({ ...calm, fanOuts: true }, (moving) => [...faultsOf(moving), ...overtaken(moving), ...failed(moving)])
  })

  it('D4 D5 K1: likewise whatever is lost: what every server answered is there', async () => {
    await each({ losses: true, cancels: true, fanOuts: true }, faultsOf)
  })

  it('K1: deadlines end what waits, and of what was "not delivered" nothing has run', async () => {
    const outcomes = new Map<string, number>()
    await each({ ...calm, fanOuts: true, deadlineMs: 150 }, (moving) => {
      for (const { outcome } of moving.written) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      return faultsOf(moving)
    })
    expect(outcomes.get('reply')).toBeGreaterThan(runs)
    expect(outcomes.get('RING_NOT_DELIVERED_OVERDUE')).toBeGreaterThan(runs)
  })

  it('K2 K3 D5: where more waits than there is room for, it comes back, in order, and no call fails', async () => {
    let [back, most] = [0, 0]
    for (let seed = first; seed < first + Math.max(1, runs / 8); seed++) {
      const moving = await moved(seed, { ...calm, burst: 2_000 }, 500)
      const found = [...faultsOf(moving), ...overtaken(moving), ...failed(moving)]
      expect(found, `SEED=${seed} SEEDS=1 repeats this run`).toEqual([])
      for (const { relay } of moving.ring.nodes) back += relay.counters.refused.moved
      most = Math.max(most, moving.written.length)
    }
    expect(back).toBeGreaterThan(1_000)
  })

  const variants: readonly (readonly [keyof RelayRules, number, Mishaps])[] = [
    ['fenceHolds', 1, calm],
    ['fenceAwaitsRecord', 1, calm],
    ['givenUpCounts', 50, { ...calm, cancels: true }],
    ['sentBackInOrder', 3, { ...calm, burst: 2_000 }],
  ]
  it.each(variants)('a variant without %s is noticed', async (rule, from, mishaps) => {
    let found: string[] = []
    for (let seed = from; seed < from + 200 && found.length === 0; seed++) {
      const moving = await moved(seed, mishaps, 1_500, { ...soundRelayRules, [rule]: false })
      found = [...faultsOf(moving), ...(mishaps.cancels ? [] : [...overtaken(moving), ...failed(moving)])]
    }
    expect(found).not.toEqual([])
  })
})
