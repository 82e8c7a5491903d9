import { World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { timingOf } from '../core/timing.ts'
import { pass } from './settled-group.ts'
import { SimulatedGroup, type SimulatedMember } from './simulated-group.ts'

const { detectMs } = timingOf('default')
const seeds = Array.from({ length: 20 }, (_, at) => at + 1)

const standing = ({ membership: { status } }: SimulatedMember) =>
  status.phase === 'member' ? { primary: status.primary, nonPrimary: status.nonPrimary } : undefined

function primaries(seed: number, servers: number): SimulatedGroup {
  const group = new SimulatedGroup(new World({ seed }), { servers, quorum: 'majority' })
  expect(group.settle()).toBeDefined()
  expect(
    group.world.run(() => group.servers.every((one) => one.process!.membership.isPrimary), { forMs: 10_000 }),
  ).toBe(true)
  // The cut comes at another moment of the probes in each world.
  pass(group, 500 + seed * 37)
  return group
}

describe('K4: a side without a quorum', () => {
  it.each([
    { servers: 3, away: 1 },
    { servers: 5, away: 1 },
    { servers: 5, away: 2 },
    { servers: 7, away: 3 },
  ])('of $away among $servers says so within the detection time', ({ servers, away }) => {
    for (const seed of seeds) {
      const group = primaries(seed, servers)
      const cut = group.servers.slice(0, away)
      group.world.network.connectivity.partition([cut.map(({ name }) => name)])
      const isSaid = () => cut.every(({ process }) => standing(process!)?.nonPrimary === true)
      expect(group.world.run(isSaid, { forMs: detectMs }), `seed ${seed}`).toBe(true)
      // Nobody else went on before that.
      for (const { process } of group.servers) expect(process!.membership.record!.view.members).toHaveLength(servers)
    }
  })

  it('never says that it is primary, too; the other side never says that it is not, nor does anybody when it is healed', () => {
    for (const seed of seeds) {
      const group = primaries(seed, 5)
      const cut = new Set(group.servers.slice(0, 2).map(({ name }) => name))
      group.world.network.connectivity.partition([[...cut]])
      pass(group, 10_000)
      group.world.network.connectivity.heal()
      expect(group.settle(60_000)).toBeDefined()
      pass(group, 5_000)
      for (const { name, process } of group.servers) {
        const said = process!.statuses.filter((status) => status.phase === 'member')
        expect(said.filter(({ primary, nonPrimary }) => primary && nonPrimary)).toEqual([])
        if (!cut.has(name))
          expect(
            said.filter(({ nonPrimary }) => nonPrimary),
            `seed ${seed}, ${name}`,
          ).toEqual([])
        expect(standing(process!)).toEqual({ primary: true, nonPrimary: false })
      }
    }
  })

  it('a ring that is stopped server by server serves until the last one goes', () => {
    for (const seed of seeds.slice(0, 5)) {
      const group = primaries(seed, 3)
      for (const node of group.servers.slice(0, 2)) {
        node.process!.leave()
        expect(group.world.run(() => node.process!.left, { forMs: 10_000 })).toBe(true)
        node.stop()
        pass(group, 4_000)
      }
      const last = group.servers[2]!.process!
      expect(last.statuses.filter((status) => status.phase === 'member' && status.nonPrimary)).toEqual([])
      expect(last.membership.isPrimary).toBe(true)
    }
  })
})
