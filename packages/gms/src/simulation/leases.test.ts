import { nodeName } from '@ring/platform'
import { World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { type GmsRules, soundRules } from '../core/rules.ts'
import { checkPrimaries } from './checks.ts'
import { order, pass, settled } from './settled-group.ts'
import { SimulatedGroup } from './simulated-group.ts'
import { variants } from './variants.ts'

/** Five servers with a quorum, in which everybody holds a lease. */
function leased(rules: GmsRules, seed = 1) {
  const five = settled({ rules, servers: 5, quorum: 'majority', seed })
  pass(five, 3_000)
  expect(five.servers.every(({ process }) => process!.membership.isPrimary)).toBe(true)
  const names = order(five).map((letter) => five.server(letter).name)
  return { five, names, letters: order(five) }
}

/** Lets time pass, and says whether two sides were primary at one time. */
function overlaps({ five }: ReturnType<typeof leased>, ms: number): boolean {
  let overlapped = false
  const endMs = five.world.nowMs + ms
  while (five.world.nowMs < endMs) {
    pass(five, 10)
    try {
      checkPrimaries(five)
    } catch {
      overlapped = true
    }
  }
  return overlapped
}

describe('M7: primary is said under a lease only', () => {
  /** One of five is cut off, now and then; whether it goes on saying primary beside the new view of the others. */
  const scenario = (rules: GmsRules, seed: number): boolean => {
    const group = leased(rules, seed)
    group.five.world.network.connectivity.partition([[group.names[seed % 5]!]])
    return overlaps(group, 8_000)
  }

  it('both sides of a fresh cut never say so at one time', () => {
    const seeds = Array.from({ length: 20 }, (_, at) => at + 1)
    expect(seeds.filter((seed) => scenario(soundRules, seed))).toEqual([])
    const caught = seeds.filter((seed) => scenario(variants['primary-by-doubt'], seed))
    console.log(`primary-by-doubt: seeds ${caught.join()}`)
    expect(caught).not.toEqual([])
  })
})

describe('L1: leases bind', () => {
  /** A holder is cut off and expelled by an operator at once; whether the new view came before its lease ended. */
  const expelled = (rules: GmsRules, votersRestart: boolean): { readonly overlap: boolean; readonly out: boolean } => {
    const group = leased(rules)
    const { five, names, letters } = group
    five.world.network.connectivity.partition([[names[4]!]])
    if (votersRestart) for (const letter of letters.slice(1, 4)) five.server(letter).restart()
    if (votersRestart) pass(five, 300)
    five.member(letters[0]!).membership.expel(names[4]!)
    const overlap = overlaps(group, 6_000)
    return { overlap, out: !five.member(letters[0]!).names.includes(names[4]!) }
  }

  it('a voter accepts no change that takes the role away while the lease lasts', () => {
    expect(expelled(soundRules, false)).toEqual({ overlap: false, out: true })
    expect(expelled(variants['leases-bind-nobody'], false)).toMatchObject({ overlap: true })
  })

  it('a voter that restarted waits a term', () => {
    expect(expelled(soundRules, true)).toEqual({ overlap: false, out: true })
    expect(expelled(variants['leases-forgotten'], true)).toMatchObject({ overlap: true })
  })

  it('a suspended machine: the wall clock tells that the lease is over', () => {
    const scenario = (rules: GmsRules): boolean => {
      const { five, names } = leased(rules)
      const sleeper = five.servers.find(({ name }) => name === names[4])!
      sleeper.pause('stops')
      five.world.network.connectivity.partition([[sleeper.name]])
      pass(five, 20_000)
      sleeper.resume()
      return sleeper.process!.membership.isPrimary
    }
    expect(scenario(soundRules)).toBe(false)
    expect(scenario(variants['wall-clock-ignored'])).toBe(true)
  })

  it('a life that is proved gone holds nothing: its end is not waited for', () => {
    const { five, letters } = leased(soundRules)
    five.server(letters[0]!).crash()
    expect(five.settle()).toBeLessThan(500)
  })

  it('holders and voters with other terms: a lease lasts as long as enough voters gave it', () => {
    for (const patient of ['a:1', 'c:1', 'e:1']) {
      const five = new SimulatedGroup(new World({ seed: 1 }), {
        ...{ servers: 5, quorum: 'majority' },
        detectOf: (name) => (name === patient ? 'patient' : undefined),
      })
      expect(five.settle()).toBeDefined()
      pass(five, 12_000)
      const names = order(five).map((letter) => five.server(letter).name)
      const group = { five, names, letters: order(five) }
      five.world.network.connectivity.partition([[nodeName(patient)]])
      expect(overlaps(group, 12_000), patient).toBe(false)
    }
  })
})
