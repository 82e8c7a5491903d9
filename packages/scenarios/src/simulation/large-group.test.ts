import { describe, expect, it } from 'vitest'
import { LargeGroup } from './large-group.ts'

const members = 100

function grown(): LargeGroup {
  const large = new LargeGroup({ members, seed: 1, quorum: 'none' })
  large.grow()
  large.pass(5_000)
  return large
}

describe('a group of a hundred (QUORUM = none)', () => {
  it('between changes of view sends at most 10 messages and 2 kB a second and member; knows of a death within 6 s', () => {
    const large = grown()
    const { mean } = large.background(20_000)
    expect(mean.messages).toBeLessThanOrEqual(10)
    expect(mean.bytes).toBeLessThanOrEqual(2_000)
    // It does look after each other.
    expect(mean.messages).toBeGreaterThan(1)
    for (const how of ['crash', 'silent'] as const)
      for (const victim of large.victims(how, 3)) expect(large.detection(how, victim()), how).toBeLessThan(6_000)
  })

  // All doubt the coordinator: each of them told all the others so once more, 940 messages for each member of a hundred.
  it('B6: a silent coordinator costs each member at most 300 messages, with its return', () => {
    const large = grown()
    large.world.network.resetTraffic()
    large.detection('silent', large.coordinator)
    const sent = large.nodes.reduce((sum, { name }) => sum + large.world.network.traffic(name).messagesSent, 0)
    expect(sent / members).toBeLessThanOrEqual(300)
  })

  it('B6: nobody is expelled in two minutes of 5 % loss and 50 to 150 ms delay', () => {
    const large = grown()
    const before = large.rejoins()
    large.worsen()
    large.pass(120_000)
    expect(large.rejoins()).toBe(before)
  })

  it('B6, M3: while a third pauses up to 5 s for two minutes, those are expelled and none of the others', () => {
    const large = grown()
    const { sleepers, healthy } = large.pauseAThird()
    const before = large.rejoins(healthy)
    large.pass(120_000)
    expect(large.rejoins(healthy)).toBe(before)
    expect(large.rejoins(sleepers)).toBeGreaterThan(0)
  })

  // The next in order opened a branch of ten or so, while it waited for word of the plain member.
  it('B6: a coordinator and a plain member that fall silent at one time are out within 10 s', () => {
    const large = grown()
    const silent = [large.coordinator, large.nodes[21]!]
    for (const node of silent) node.pause()
    const rest = large.nodes.filter((node) => !silent.includes(node))
    const isOut = () =>
      rest.every(({ process }) => silent.every(({ name }) => !process!.names.split(' ').includes(name)))
    expect(large.world.run(isOut, { forMs: 10_000, everyMs: 20 })).toBe(true)
  })
})
