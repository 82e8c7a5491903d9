import { describe, expect, it } from 'vitest'
import { soundRules } from '../core/rules.ts'
import { timingOf } from '../core/timing.ts'
import { lives, order, pass, quorums, settled } from './settled-group.ts'
import type { SimulatedGroup, SimulatedMember } from './simulated-group.ts'

const { leaveTimeoutMs } = timingOf('default')

/** Lets members leave, each so many milliseconds after the one before; each process ends once it has left. */
function leaving(group: SimulatedGroup, letters: readonly string[], apartMs: number): readonly number[] {
  const startMs = group.world.nowMs
  const tookMs = letters.map(() => Number.POSITIVE_INFINITY)
  const nodes = letters.map((letter) => group.server(letter))
  for (const [at, node] of nodes.entries()) group.world.after(at * apartMs, () => node.process!.leave())
  const isOver = () => {
    for (const [at, node] of nodes.entries()) {
      if (!node.isUp || !node.process!.left) continue
      tookMs[at] = group.world.nowMs - startMs - at * apartMs
      node.stop()
    }
    return nodes.every(({ isUp }) => !isUp)
  }
  group.world.run(isOver, { forMs: leaveTimeoutMs + letters.length * apartMs + 1_000 })
  return tookMs
}

function goneFrom(members: readonly SimulatedMember[], since: ReadonlyMap<SimulatedMember, number>) {
  return members.map((one) =>
    one.changes
      .slice(since.get(one))
      .flatMap(({ left }) => left.map(({ member, why }) => `${member.name} ${why}`))
      .sort(),
  )
}

/** All orders of some letters. */
function orders(letters: readonly string[]): readonly (readonly string[])[] {
  if (letters.length <= 1) return [letters]
  return letters.flatMap((first) => orders(letters.filter((one) => one !== first)).map((rest) => [first, ...rest]))
}

describe.each(quorums)('B3: leaders that leave (QUORUM = %s)', (quorum) => {
  /** The first `count` of five leave in that order; the rest hear of nothing but goodbyes. */
  const scenario = (places: readonly number[], apartMs: number, seed = 1): void => {
    const group = settled({ rules: soundRules, servers: 5, quorum, seed })
    pass(group, 1_500)
    const all = order(group)
    const leavers = places.map((place) => all[place]!)
    const label = `${leavers.join()} of ${all.join()}, ${apartMs} ms apart, seed ${seed}`
    const rest = all.filter((letter) => !leavers.includes(letter)).map((letter) => group.member(letter))
    const since = new Map(rest.map((one) => [one, one.changes.length]))
    const names = leavers.map((letter) => `${group.server(letter).name} left`).sort()
    const tookMs = leaving(group, leavers, apartMs)
    expect(Math.max(...tookMs), label).toBeLessThan(leaveTimeoutMs)
    expect(group.settle(), label).toBeLessThan(500)
    expect(goneFrom(rest, since), label).toEqual(rest.map(() => names))
    expect(
      rest.flatMap(({ suspects, merges }) => [...suspects, ...merges]),
      label,
    ).toEqual([])
    expect(
      rest.map(({ rejoins }) => rejoins),
      label,
    ).toEqual(rest.map(() => 0))
  }

  const sets = [[0], [0, 1], [0, 1, 2], [0, 2], [1, 2], [0, 1, 3]]
  it.each(sets.map((places) => [places.join(), places] as const))('together, in any order: %s', (_, places) => {
    for (const permuted of orders(places.map(String)))
      for (const apartMs of [0, 1, 5]) scenario(permuted.map(Number), apartMs)
  })

  it('one after the other, each the coordinator of its time: the next in line takes over', () => {
    const group = settled({ rules: soundRules, servers: 5, quorum })
    const all = order(group)
    const last = group.member(all[4]!)
    for (const [at, letter] of all.slice(0, 4).entries()) {
      expect(Math.max(...leaving(group, [letter], 0)), letter).toBeLessThan(500)
      expect(group.settle(), letter).toBeLessThan(500)
      expect(order(group)).toEqual(all.slice(at + 1))
      pass(group, 1_000)
    }
    expect(last.merges).toEqual([])
    expect(last.suspects).toEqual([])
  })

  it('all at once: nobody hangs', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const group = settled({ rules: soundRules, servers: 5, quorum, seed })
      const tookMs = leaving(group, order(group), 0)
      expect(Math.max(...tookMs), `seed ${seed}`).toBeLessThanOrEqual(leaveTimeoutMs + 5)
    }
  })

  it('the second half, while the coordinator leaves: who was asked last answers', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const group = settled({ rules: soundRules, servers: 8, quorum, seed })
      pass(group, 1_500)
      const all = order(group)
      const tookMs = leaving(group, [all[0]!, ...all.slice(4)], 1)
      expect(Math.max(...tookMs), `seed ${seed}`).toBeLessThan(leaveTimeoutMs)
      expect(group.settle(), `seed ${seed}`).toBeLessThan(500)
      expect(order(group)).toEqual(all.slice(1, 4))
    }
  })

  it('a stop while the coordinator is dead ends within the leave time-out', () => {
    for (const ending of ['crash', 'pause'] as const) {
      for (const leavers of [[6], [1], [1, 2]]) {
        const group = settled({ rules: soundRules, servers: 7, quorum })
        const all = order(group)
        group.server(all[0]!)[ending]()
        const letters = leavers.map((at) => all[at]!)
        const tookMs = leaving(group, letters, 0)
        expect(Math.max(...tookMs), `${ending} ${leavers.join()}`).toBeLessThanOrEqual(leaveTimeoutMs + 5)
        pass(group, 10_000)
        const rest = all.filter((letter, at) => at > 0 && !letters.includes(letter))
        const views = new Set(rest.map((letter) => lives(group, letter)))
        expect(views.size, `${ending} ${leavers.join()}`).toBe(1)
        expect(group.member(rest[0]!).names.split(' ')).toHaveLength(rest.length)
      }
    }
  })

  it('leaving twice is leaving once, and everybody who asked hears of the end', () => {
    for (const place of [0, 2]) {
      const group = settled({ rules: soundRules, servers: 3, quorum })
      pass(group, 1_500)
      const rest = order(group)
        .filter((_, at) => at !== place)
        .map((letter) => group.member(letter))
      const since = new Map(rest.map((one) => [one, one.changes.length]))
      const node = group.server(order(group)[place]!)
      const { membership } = node.process!
      const heard: string[] = []
      membership.leave(() => heard.push('first'))
      membership.leave(() => heard.push('second'))
      expect(heard, 'the second call does not cut the first one short').toEqual([])
      expect(group.world.run(() => heard.length === 2, { forMs: leaveTimeoutMs })).toBe(true)
      membership.leave(() => heard.push('third'))
      expect(heard).toEqual(['first', 'second', 'third'])
      node.stop()
      expect(group.settle()).toBeLessThan(500)
      expect(goneFrom(rest, since)).toEqual(rest.map(() => [`${node.name} left`]))
      expect(rest.flatMap(({ suspects }) => suspects)).toEqual([])
    }
  })
})

describe('B4: a leaver is never hung', () => {
  it.each(quorums)(
    'who is told to leave while it sleeps, and was expelled meanwhile, is gone (QUORUM = %s)',
    (quorum) => {
      for (const place of [0, 2] as const) {
        for (let seed = 1; seed <= 5; seed++) {
          const three = settled({ rules: soundRules, quorum, seed })
          const node = three.server(order(three)[place]!)
          node.pause()
          pass(three, 6_000)
          // The word that it is out comes after it has begun to leave.
          three.world.network.connectivity.partition([[node.name]])
          node.resume()
          const { process } = node
          process!.leave()
          three.world.network.connectivity.heal()
          pass(three, leaveTimeoutMs + 200)
          expect(process!.left, `seed ${seed}, ${place}`).toBe(true)
        }
      }
    },
  )
})

describe('M4: a doubt ends with the life it is about', () => {
  it('a probe of a dead life says nothing of the next one', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const three = settled({ rules: soundRules, quorum: 'none', seed })
      const node = three.server(order(three)[2]!)
      pass(three, seed * 17)
      node.crash()
      pass(three, 350)
      node.restart()
      expect(three.settle(), `seed ${seed}`).toBeDefined()
      pass(three, 6_000)
      const doubts = three.servers.flatMap(({ process }) => {
        const last = process!.suspects.filter(({ name }) => name === node.name).at(-1)
        return last?.suspected === true ? [`seed ${seed}`] : []
      })
      expect(doubts).toEqual([])
    }
  })
})
