import { describe, expect, it } from 'vitest'
import { RollingRestart } from './rolling-restart.ts'

const runs = Number(process.env['SEEDS'] ?? 60)
const first = Number(process.env['SEED'] ?? 1)

/** K2: no call fails; each runs once, those of a sender, service and key in order. */
function check(restart: RollingRestart, seed: number): void {
  const repeats = `SEED=${seed} SEEDS=1 repeats this run`
  expect(
    restart.asked.filter(({ outcome }) => outcome !== 'reply'),
    repeats,
  ).toEqual([])
  expect(restart.ring.violations, repeats).toEqual([])
  const starts = new Set(restart.started)
  expect(starts.size, repeats).toBe(restart.started.length)
  expect(starts.size, repeats).toBe(restart.asked.length)
  const last = new Map<string, number>()
  for (const id of restart.started) {
    const { lane } = restart.asked[id]!
    if (lane === undefined) continue
    expect(id, `${repeats} ${lane}`).toBeGreaterThan(last.get(lane) ?? -1)
    last.set(lane, id)
  }
}

describe('a rolling restart', () => {
  it.each([
    ['K2: no call that waits when nobody is there fails', false],
    ['F6, K2: likewise to a version that knows services, which calls name and wait for from the beginning', true],
  ])('%s; each runs once, those of a key in order', async (_name, services) => {
    let restarts = 0
    for (let seed = first; seed < first + runs; seed++) {
      const restart = new RollingRestart(seed, services)
      await restart.run(1_500)
      check(restart, seed)
      restarts += restart.restarts
    }
    expect(restarts).toBeGreaterThan(runs)
  })
})
