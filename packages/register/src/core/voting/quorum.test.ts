import { nodeName } from '@ring/platform'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Voter } from '../record/record.ts'
import { founders, isQuorum, votersOf } from './quorum.ts'
import { soundRules } from './rules.ts'

const votersNamed = (count: number): Voter[] =>
  Array.from({ length: count }, (_, at) => ({ name: nodeName(`n${at}`), voterId: `id${at}` }))

const subset = (voters: readonly Voter[], bits: number) => (voter: Voter) => (bits & (1 << voters.indexOf(voter))) !== 0

describe('R2: quorums', () => {
  it('any two of them share a voter, for 1 to 7 voters', () => {
    for (let count = 1; count <= 7; count++) {
      const voters = votersNamed(count)
      const { isQuorum: decides } = votersOf(voters, soundRules)
      const quorums = Array.from({ length: 2 ** count }, (_, bits) => bits).filter((bits) =>
        decides(subset(voters, bits)),
      )
      expect(quorums.length).toBeGreaterThan(0)
      for (const one of quorums) for (const other of quorums) expect(one & other).not.toBe(0)
    }
  })

  it('one of two sides that share nobody always has one, unless both lack the first voter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.nat(127), (count, side) => {
        const voters = votersNamed(count)
        const bits = side & (2 ** count - 1)
        const others = ~side & (2 ** count - 1)
        const has = [bits, others].filter((one) => isQuorum(voters, subset(voters, one), soundRules))
        expect(has.length).toBe(1)
      }),
    )
  })

  it('a formation needs more than half of the configured names, or all', () => {
    const names = ['n0', 'n1', 'n2', 'n3'].map(nodeName)
    const voters = votersNamed(4)
    const majority = founders(voters, { names, all: false })
    expect([0b0011, 0b0111].map((bits) => majority.isQuorum(subset(voters, bits)))).toEqual([false, true])
    const all = founders(voters, { names, all: true })
    expect([0b0111, 0b1111].map((bits) => all.isQuorum(subset(voters, bits)))).toEqual([false, true])
  })
})
