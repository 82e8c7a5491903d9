import { World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { randomRun } from './random-run.ts'
import { type VariantName, variants } from './variants.ts'

/** In how many seeds the random simulation has to notice that a rule is missing. The others have scenarios of their own. */
const within: readonly (readonly [VariantName, string, number])[] = [
  ['any-half', 'R2', 100],
  ['name-only', 'R3', 400],
  ['answers-before-store', 'R4', 300],
  ['own-value-only', 'R1', 50],
  ['ends-before-settled', 'R6', 100],
  ['parent-goes-on', 'R8', 50],
]

function firstCaught(
  variant: VariantName,
  seeds: number,
): { readonly seed: number; readonly reason: string } | undefined {
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      randomRun(new World({ seed }), { rules: variants[variant] })
    } catch (error) {
      return { seed, reason: (error as Error).message.slice(0, 80) }
    }
  }
  return undefined
}

describe('the random simulation notices a missing rule', () => {
  it.each(within)('%s (%s) within %d seeds', (variant, _rule, seeds) => {
    const caught = firstCaught(variant, seeds)
    console.log(`${variant}: seed ${caught?.seed ?? 'none'}: ${caught?.reason ?? ''}`)
    expect(caught).toBeDefined()
  })
})
