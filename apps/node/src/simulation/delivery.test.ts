import { variants } from '@ring/gms/simulation'
import { soundRelayRules } from '@ring/messaging/simulation'
import { World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { type GateRules, soundGate } from './gated-node.ts'
import { GatedRing } from './gated-ring.ts'

const runs = Number(process.env['SEEDS'] ?? 12)
const first = Number(process.env['SEED'] ?? 1)
const seeds = Array.from({ length: runs }, (_, at) => first + at)
const troubleMs = 60_000

/** @returns how many handlers were started, and those that must not have been */
function run(seed: number, quorum: 'none' | 'majority', rules: GateRules, programsStop = true) {
  const world = new World({ seed, traceLines: 0 })
  const ring = new GatedRing(world, { quorum, rules, programsStop })
  expect(world.run(() => ring.agrees, { forMs: 30_000 })).toBe(true)
  ring.ask(troubleMs)
  ring.disturb(troubleMs - 5_000)
  world.run(troubleMs)
  expect(world.run(() => ring.agrees, { forMs: 60_000 })).toBe(true)
  return { started: ring.started, violations: ring.violations.slice(0, 3) }
}

/** Programs of 0.3.0, and in other languages, that read at once what they are sent. */
const plainPrograms: GateRules = { ...soundGate, programsAsk: false }

/** Worlds in which only nodes stand still, for what a node does alone; and whether it shows in them. */
const variantsOfGate: Readonly<
  Record<string, { readonly rules: GateRules; readonly programsStop: boolean; readonly seed: number }>
> = {
  'a second pause opens': { rules: { ...plainPrograms, expulsionLasts: false }, programsStop: false, seed: 1 },
  'chunks pass unasked': {
    rules: { ...plainPrograms, relay: { ...soundRelayRules, chunksAsk: false } },
    programsStop: false,
    seed: 1,
  },
  'short stops do not add up': { rules: { ...plainPrograms, stopsAddUp: false }, programsStop: false, seed: 2 },
  'sleepers confirm each other': {
    rules: { ...plainPrograms, membership: variants['sleepers-confirm'] },
    programsStop: false,
    seed: 55,
  },
  'programs start unasked': { rules: plainPrograms, programsStop: true, seed: 4 },
}

describe('M3: no handler starts for a life that is out, however its processes stood still', () => {
  it.each(['none', 'majority'] as const)('random pauses, stutter, busy programs (QUORUM = %s)', (quorum) => {
    for (const seed of seeds) {
      const { started, violations } = run(seed, quorum, soundGate)
      expect(violations, `seed ${seed}`).toEqual([])
      expect(started, `seed ${seed}`).toBeGreaterThan(1_000)
    }
  })

  it.each(['none', 'majority'] as const)('nor does one get there that does not ask (QUORUM = %s)', (quorum) => {
    for (const seed of seeds) expect(run(seed, quorum, plainPrograms, false).violations, `seed ${seed}`).toEqual([])
  })

  it.each(Object.keys(variantsOfGate))('it would be noticed: %s', (name) => {
    const { rules, programsStop, seed } = variantsOfGate[name]!
    const candidates = [seed, ...Array.from({ length: 60 }, (_, at) => 1 + at)]
    const caught = candidates.find((one) => run(one, 'majority', rules, programsStop).violations.length > 0)
    console.log(`${name}: seed ${caught}`)
    expect(caught).toBeDefined()
  })
})
