import type { NodeName } from '@ring/platform'
import { World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { type GmsRules, soundRules } from '../core/rules.ts'
import { order, pass, quorums, settled } from './settled-group.ts'
import { type GroupOptions, SimulatedGroup } from './simulated-group.ts'
import { variants } from './variants.ts'

describe('M3: a pause is an event', () => {
  /**
   * The first and the third are refused at the second, the fourth is linked to it. The first asks both, and sleeps when
   * it has read the one answer, and the other one waits in its socket.
   */
  const sleeper = (rules: GmsRules, quorum: GroupOptions['quorum'], afterMs: number): boolean => {
    const four = settled({ rules, quorum, servers: 4 })
    const [first, second, third, fourth] = order(four).map((letter) => four.server(letter))
    const { network } = four.world
    const delayOf = (from: NodeName, to: NodeName) =>
      from === fourth!.name && to === first!.name ? { minMs: 120, meanMs: 120 } : undefined
    network.options = { ...network.options, delayOf }
    network.connectivity.refuse(first!.name, second!.name)
    network.connectivity.refuse(third!.name, second!.name)
    pass(four, afterMs)
    first!.pause()
    pass(four, 1_000)
    network.connectivity.heal()
    first!.resume()
    pass(four, 5_000)
    // The sleeper itself may be out: it was silent for a while.
    return second!.process!.rejoins === 0 && !first!.process!.downs.includes(second!.name)
  }

  it.each(quorums)('who slept does not expel the healthy (QUORUM = %s)', (quorum) => {
    const moments = Array.from({ length: 60 }, (_, at) => at * 20)
    expect(moments.filter((afterMs) => !sleeper(soundRules, quorum, afterMs))).toEqual([])
    const caught = moments.find((afterMs) => !sleeper(variants['pause-unnoticed'], quorum, afterMs))
    console.log(`pause-unnoticed (${quorum}): caught when it sleeps ${caught} ms after the firewall`)
    expect(caught).toBeDefined()
  })

  /** c sleeps until it is expelled, with answers and perhaps a view in its socket that still know it. */
  const expelled = (rules: GmsRules, quorum: GroupOptions['quorum'], viewWaits: boolean, seed = 3) => {
    const four = new SimulatedGroup(new World({ seed }), { servers: 4, quorum, rules })
    if (viewWaits) four.server('d').crash()
    expect(four.settle()).toBeDefined()
    const last = four.server(order(four).at(-1)!)
    const { network } = four.world
    const slow = { minMs: 200, meanMs: 200 }
    network.options = { ...network.options, delayOf: (_from, to) => (to === last.name ? slow : undefined) }
    pass(four, 2_000)
    const life = last.process!.membership.incarnation
    if (viewWaits) {
      four.server('d').restart()
      const isIn = () => four.servers.some(({ name, process }) => name !== last.name && process?.names.includes('d:1'))
      expect(four.world.run(isIn, { forMs: 5_000 })).toBe(true)
      if (quorum === 'majority') pass(four, 30)
    }
    last.pause()
    // What is under way still gets into its socket; the word that it is out does not.
    pass(four, 300)
    network.connectivity.partition([[last.name]])
    pass(four, 7_700)
    network.connectivity.heal()
    last.resume()
    const held = !last.process!.confirmed
    expect(four.settle()).toBeDefined()
    return { held, confirmedOldLife: last.process!.confirmations.includes(life), rejoins: last.process!.rejoins }
  }

  it.each(quorums)('who was expelled in its sleep delivers nothing before it knows (QUORUM = %s)', (quorum) => {
    expect(expelled(soundRules, quorum, false)).toEqual({ held: true, confirmedOldLife: false, rejoins: 1 })
    expect(expelled(variants['delivers-at-once'], quorum, false)).toMatchObject({ held: false })
  })

  it.each(quorums)('an answer from before the expulsion does not confirm it (QUORUM = %s)', (quorum) => {
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
    const wrong = (rules: GmsRules) => seeds.filter((seed) => expelled(rules, quorum, false, seed).confirmedOldLife)
    expect(wrong(soundRules)).toEqual([])
    const caught = wrong(variants['old-answer-confirms'])
    console.log(`old-answer-confirms (${quorum}): seeds ${caught.join()}`)
    expect(caught).not.toEqual([])
  })

  it.each(quorums)('nor does a view from before it (QUORUM = %s)', (quorum) => {
    expect(expelled(soundRules, quorum, true)).toEqual({ held: true, confirmedOldLife: false, rejoins: 1 })
  })
})
