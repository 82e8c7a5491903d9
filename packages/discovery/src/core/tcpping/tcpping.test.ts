import {
  type Address,
  address,
  type DialOutcome,
  type Incarnation,
  incarnation,
  type NodeName,
  nodeName,
  type Peer,
} from '@ring/platform'
import { describe, expect, it } from 'vitest'
import type { Answer, Standing } from '../answer.ts'
import { RememberedAddresses } from './remembered-addresses.ts'
import { TcppingCore, type TcppingEffect } from './tcpping.ts'

const timeoutMs = 900
const [a, b, c] = ['a:1', 'b:1', 'c:1'].map(address) as [Address, Address, Address]
const life = incarnation(7)

const peer = (at: Address): Peer => ({ name: nodeName(at), incarnation: life, role: 'server' })
const connected = (at: Address): DialOutcome => ({ kind: 'connected', peer: peer(at) })
const newcomer: Standing = { kind: 'newcomer' }
const member = (coordinator: Address): Standing => ({
  kind: 'member',
  coordinator: { name: nodeName(coordinator), address: coordinator },
  lineage: 'l',
  version: 1,
  members: [],
})

const query = { timeoutMs, firstMemberIsEnough: false }

/** A run, driven by hand. */
class Run {
  readonly core = new TcppingCore()
  readonly effects: TcppingEffect[] = []
  nowMs = 0
  number = 0

  find(addresses: readonly Address[], firstMemberIsEnough = true): this {
    return this.take({ type: 'find', addresses, timeoutMs, firstMemberIsEnough })
  }

  take(event: Parameters<TcppingCore['step']>[0]): this {
    if (event.type === 'find') this.number += 1
    this.effects.push(...this.core.step(event, this.nowMs))
    return this
  }

  dialled(at: Address, outcome: DialOutcome = connected(at)): this {
    return this.take({ type: 'dialled', run: this.number, address: at, outcome })
  }

  answer(from: Address, standing: Standing, given: { run?: number; name?: NodeName; life?: Incarnation } = {}): this {
    const { run = this.number, name = nodeName(from) } = given
    const answer: Answer = { name, incarnation: given.life ?? life, address: from, voterId: 'v', standing }
    return this.take({ type: 'message', from: peer(from), message: { type: 'discovery.get-mbrs-rsp', run, answer } })
  }

  tickAt(nowMs: number): this {
    this.nowMs = nowMs
    return this.take({ type: 'tick' })
  }

  get dials(): readonly Address[] {
    return this.effects.flatMap((effect) => (effect.type === 'dial' ? [effect.address] : []))
  }

  get asked(): readonly NodeName[] {
    return this.effects.flatMap((effect) => (effect.type === 'send' ? [effect.to] : []))
  }

  /** Who answered, for each run that ended. */
  get found(): readonly (readonly NodeName[])[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'found' ? [effect.answers.map((answer) => answer.name)] : [],
    )
  }
}

describe('TCPPING', () => {
  it('dials every address, and asks who connects under the name it proved', () => {
    const run = new Run().find([a, b]).dialled(b)
    expect(run.dials).toEqual([a, b])
    expect(run.asked).toEqual(['b:1'])
    expect(run.effects).toContainEqual({ type: 'learn-address', name: 'b:1', address: b })
    expect(run.found).toEqual([])
  })

  it('ends at once with nobody to ask, and when all refuse', () => {
    expect(new Run().find([]).found).toEqual([[]])
    const run = new Run().find([a, b]).dialled(a, { kind: 'refused' })
    expect(run.found).toEqual([])
    run.dialled(b, { kind: 'unreachable' })
    expect(run.found).toEqual([[]])
    expect(run.core.nextMs).toBeUndefined()
  })

  it('ends when all have answered or refused', () => {
    const run = new Run().find([a, b, c]).dialled(a).dialled(b).dialled(c, { kind: 'rejected', reason: 'group' })
    run.answer(a, newcomer)
    expect(run.found).toEqual([])
    run.answer(b, newcomer)
    expect(run.found).toEqual([['a:1', 'b:1']])
  })

  it('is content with the first member, unless it is to find all', () => {
    expect(new Run().find([a, b]).dialled(a).dialled(b).answer(b, member(a)).found).toEqual([['b:1']])
    const all = new Run().find([a, b], false).dialled(a).dialled(b).answer(b, member(a))
    expect(all.found).toEqual([])
    expect(all.answer(a, member(a)).found).toEqual([['b:1', 'a:1']])
  })

  it('asks once more who has not answered after a third of the time: a link may have broken under the question', () => {
    const run = new Run().find([a, b]).dialled(a).dialled(b).answer(a, newcomer)
    expect(run.core.nextMs).toBe(300)
    run.tickAt(299)
    expect(run.dials).toEqual([a, b])
    run.tickAt(300)
    expect(run.dials).toEqual([a, b, b])
    expect(run.effects.at(-1)).toMatchObject({ timeoutMs: 600 })
    expect(run.core.nextMs).toBe(900)
    expect(run.dialled(b).answer(b, newcomer).found).toEqual([['a:1', 'b:1']])
    expect(run.asked).toEqual(['a:1', 'b:1', 'b:1'])
  })

  it('ends with those who answered when the time is up', () => {
    const run = new Run().find([a, b]).dialled(a).answer(a, newcomer).tickAt(899)
    expect(run.found).toEqual([])
    expect(run.tickAt(900).found).toEqual([['a:1']])
    expect(run.answer(b, member(a)).found).toHaveLength(1)
  })

  it('ignores answers of another run, of somebody who was not asked, and under another name', () => {
    const run = new Run().find([a]).find([a, b]).dialled(a).dialled(b)
    run
      .answer(a, member(a), { run: 1 })
      .answer(c, member(a))
      .answer(b, member(a), { name: nodeName('a:1') })
    expect(run.found).toEqual([])
    expect(run.answer(a, newcomer).answer(b, newcomer).found).toEqual([['a:1', 'b:1']])
  })

  it('a dial of an earlier run that times out says nothing in a later one', () => {
    const run = new Run().find([a]).find([a])
    run.take({ type: 'dialled', run: 1, address: a, outcome: { kind: 'unreachable' } })
    expect(run.found).toEqual([])
    expect(run.dialled(a).answer(a, member(a)).found).toEqual([['a:1']])
  })

  it('ignores what nobody waits for', () => {
    const run = new Run().dialled(a).answer(a, member(a)).tickAt(5_000)
    expect(run.effects).toEqual([])
    run.find([a]).take({ type: 'stop' }).dialled(a).answer(a, member(a)).tickAt(9_000)
    expect(run.found).toEqual([])
    expect(run.core.nextMs).toBeUndefined()
  })

  it('B2: two addresses that lead to one node are one answer, and nobody waits for the second', () => {
    const alias = address('alias:1')
    const run = new Run().find([a, alias], false).dialled(a).dialled(alias, connected(a))
    expect(run.asked).toEqual(['a:1'])
    expect(run.answer(a, newcomer).found).toEqual([['a:1']])
  })

  it('B2: does not end before the last addresses are known', () => {
    const run = new Run().take({ type: 'find', ...query, addresses: [], moreToCome: true })
    run.take({ type: 'candidates', addresses: [a], isAll: false }).dialled(a, { kind: 'refused' })
    expect(run.found).toEqual([])
    run.take({ type: 'candidates', addresses: [a, b], isAll: true })
    expect(run.dials).toEqual([a, b])
    run.dialled(b, { kind: 'refused' })
    expect(run.found).toEqual([[]])
  })

  it('B2: members that were heard of are asked in later runs, but for those of the own group', () => {
    const members = [a, b, c].map((at) => ({ name: nodeName(at), address: at }))
    const run = new Run().find([a], false).dialled(a)
    run.answer(a, { kind: 'member', coordinator: members[0]!, lineage: 'l', version: 1, members })
    run.take({ type: 'find', ...query, addresses: [], except: [b] })
    expect(run.dials).toEqual([a, c, a])
  })

  it('B2: a remembered one that is gone is tried, and holds nobody up', () => {
    const run = new Run().find([a], false).dialled(a).answer(a, newcomer)
    run.find([]).dialled(a, { kind: 'unreachable' })
    const ends = run.found.length
    run.find([])
    expect(run.dials).toEqual([a, a, a])
    expect(run.found).toHaveLength(ends + 1)
    run.find([b]).dialled(b, { kind: 'unreachable' })
    expect(run.found).toHaveLength(ends + 2)
  })

  describe('however long a list from outside is', () => {
    const list = (count: number, from = 0) => Array.from({ length: count }, (_, at) => address(`n${from + at}:1`))
    const queryOfOne = { type: 'find', ...query, addresses: [a], moreToCome: true } as const
    const silence: DialOutcome = { kind: 'unreachable' }

    it('B2: dials 64 at once, and the next when one ends', () => {
      const run = new Run().take(queryOfOne).take({ type: 'candidates', addresses: list(5000), isAll: true })
      expect(run.dials).toHaveLength(64)
      run.dialled(address('n0:1'), silence)
      expect(run.dials).toEqual([a, ...list(64)])
      run.dialled(address('n5:1'), connected(address('n5:1')))
      expect(run.dials).toHaveLength(66)
      expect(run.found).toEqual([])
      run.tickAt(300)
      expect(run.dials).toHaveLength(66)
      run.tickAt(900)
      expect(run.found).toEqual([[]])
      expect(run.dialled(address('n6:1'), silence).dials).toHaveLength(66)
    })

    it('B2: has asked all of it when all ended, and ends then', () => {
      const run = new Run().take(queryOfOne).take({ type: 'candidates', addresses: list(5000), isAll: true })
      for (let at = 0; at < run.dials.length; at++) run.dialled(run.dials[at]!, { kind: 'refused' })
      expect(run.dials).toEqual([a, ...list(4095)])
      expect(run.found).toEqual([[]])
    })

    it('B2: who of it failed last time holds nobody up, is asked last, and has its turn', () => {
      const run = new Run().take(queryOfOne).take({ type: 'candidates', addresses: list(100), isAll: true })
      for (const at of list(63)) run.dialled(at, silence)
      run.tickAt(900)
      for (const at of list(37, 63)) run.dialled(at, silence)
      const asked = (more: readonly Address[]) => {
        const before = run.dials.length
        const ends = run.found.length
        run.take(queryOfOne).take({ type: 'candidates', addresses: [...list(100), ...more], isAll: true })
        run.dialled(a, { kind: 'refused' })
        if (more.length === 0) expect(run.found).toHaveLength(ends + 1)
        return run.dials.slice(before)
      }
      expect(asked([c])).toEqual([a, c, ...list(32)])
      const rounds = [asked([]), asked([])].flat().filter((at) => at !== a)
      // One of the 32 at once is of the own configuration.
      expect(rounds).toEqual(list(62, 32))
    })

    it('B2: who of the own configuration failed last time is waited for', () => {
      const run = new Run().find([a, b]).dialled(a, silence).dialled(b, silence).find([a, b]).dialled(b, silence)
      expect(run.found).toEqual([[]])
      expect(run.dialled(a, silence).found).toEqual([[], []])
    })
  })

  it('B2: what is remembered is bounded, and everybody has a turn', () => {
    const remembered = new RememberedAddresses(100)
    for (let at = 0; at < 150; at++) remembered.remember(address(`n${at}:1`))
    expect(remembered.size).toBe(100)
    const turns = [remembered.next(64, new Set()), remembered.next(64, new Set())].flat()
    expect(new Set(turns).size).toBe(100)
    expect(turns).not.toContain('n49:1')
  })
})
