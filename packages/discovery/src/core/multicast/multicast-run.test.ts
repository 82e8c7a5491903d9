import { address, incarnation, nodeName, type Peer } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import type { Answer, Standing } from '../answer.ts'
import { AnswerBudget } from '../answer-budget.ts'
import {
  MulticastRunCore,
  type MulticastRunEffect,
  type MulticastRunEvent,
  type MulticastRunOptions,
} from './multicast-run.ts'

const answer = (name: string, standing: Standing = { kind: 'newcomer' }, life = 1): Answer => ({
  ...{ name: nodeName(name), incarnation: incarnation(life), address: address(name), voterId: 'v', standing },
})
const coordinator = { name: nodeName('a:1'), address: address('a:1') }
const member: Standing = { kind: 'member', coordinator, lineage: 'l', version: 1, members: [coordinator] }

/** A run, driven by its own clock. */
class Run {
  readonly core: MulticastRunCore
  readonly effects: MulticastRunEffect[] = []
  nowMs = 0

  constructor(options: MulticastRunOptions = {}) {
    this.core = new MulticastRunCore(options)
  }

  take(event: MulticastRunEvent): this {
    this.effects.push(...this.core.step(event, this.nowMs))
    return this
  }

  find(firstMemberIsEnough: boolean): this {
    return this.take({ type: 'find', timeoutMs: 1000, firstMemberIsEnough })
  }

  /** Lets the time pass to a moment, ticking where the core wants it. */
  until(endMs: number): this {
    for (let next = this.core.nextMs; next !== undefined && next <= endMs; next = this.core.nextMs) {
      this.nowMs = next
      this.take({ type: 'tick' })
    }
    this.nowMs = endMs
    return this
  }

  get casts(): number {
    return this.effects.filter(({ type }) => type === 'cast').length
  }

  get found(): readonly (readonly Answer[])[] {
    return this.effects.flatMap((effect) => (effect.type === 'found' ? [effect.answers] : []))
  }
}

describe('a run over multicast', () => {
  it('B1: asks three times and ends, well before half a second, when nobody is there', () => {
    const run = new Run().find(true).until(349)
    expect(run.casts).toBe(3)
    expect(run.found).toEqual([])
    expect(run.until(350).found).toEqual([[]])
    expect(run.core.nextMs).toBeUndefined()
  })

  it('B1: the first member is enough for who wants to join, and not for who looks for all', () => {
    const [joins, looks] = [new Run().find(true), new Run().find(false)]
    for (const run of [joins, looks]) run.until(20).take({ type: 'answered', answer: answer('a:1', member) })
    expect(joins.found).toEqual([[answer('a:1', member)]])
    expect(looks.found).toEqual([])
    expect(looks.until(350).found).toHaveLength(1)
  })

  it('B1: goes on while new ones answer, up to the time-out', () => {
    const run = new Run().find(false)
    for (let at = 1; at < 20; at++) run.until(at * 60).take({ type: 'answered', answer: answer(`${at}:1`) })
    expect(run.found).toHaveLength(1)
    expect(run.found[0]).toHaveLength(16)
  })

  it('B1: of one name the newer answer holds', () => {
    const run = new Run().find(false).take({ type: 'answered', answer: answer('a:1', member, 1) })
    run.take({ type: 'answered', answer: answer('a:1', { kind: 'newcomer' }, 2) })
    run.take({ type: 'answered', answer: answer('a:1', member, 1) })
    expect(run.until(1000).found).toEqual([[answer('a:1', { kind: 'newcomer' }, 2)]])
  })

  it('B1: who calls is dialled, and asked only under the name that it proves', () => {
    const run = new Run().find(false)
    const peer = (name: string): Peer => ({ name: nodeName(name), incarnation: incarnation(1), role: 'server' })
    for (const name of ['a:1', 'b:1']) run.take({ type: 'called', name: nodeName(name), address: address(name) })
    run.take({ type: 'dialled', address: address('a:1'), outcome: { kind: 'connected', peer: peer('a:1') } })
    run.take({ type: 'dialled', address: address('b:1'), outcome: { kind: 'connected', peer: peer('x:1') } })
    expect(run.effects.filter(({ type }) => type === 'send')).toMatchObject([{ to: 'a:1', message: { run: 1 } }])
  })

  it('B1: waits for who called, and dials who does not answer by itself', () => {
    const run = new Run({ callWaitMs: 400 }).find(false)
    for (const name of ['a:1', 'b:1']) run.take({ type: 'called', name: nodeName(name), address: address(name) })
    run.until(300).take({ type: 'answered', answer: answer('a:1') })
    expect(run.until(399).effects.filter(({ type }) => type === 'dial')).toEqual([])
    expect(run.until(400).effects.filter(({ type }) => type === 'dial')).toMatchObject([{ address: 'b:1' }])
    expect(run.until(600).found).toEqual([])
    run.take({ type: 'dialled', address: address('b:1'), outcome: { kind: 'refused' } })
    expect(run.until(601).found).toEqual([[answer('a:1')]])
  })

  it('B1: nothing comes of what arrives outside a run', () => {
    const run = new Run().find(true).take({ type: 'stop' })
    const before = run.effects.length
    run.take({ type: 'answered', answer: answer('a:1', member) }).take({ type: 'tick' })
    expect(run.effects).toHaveLength(before)
  })
})

describe('the budget for answers', () => {
  it('B1: one host gets its share and no more, and leaves the others theirs', () => {
    const budget = new AnswerBudget({ burst: { host: 2, all: 4 }, perSecond: { host: 1, all: 2 } })
    const takes = (host: string, nowMs: number) => budget.take(host, nowMs)
    expect([takes('a', 0), takes('a', 0), takes('a', 0), takes('b', 0), takes('b', 0), takes('c', 0)]).toEqual([
      ...[true, true, false, true, true, false],
    ])
    expect([takes('a', 1000), takes('a', 1000), takes('c', 1000), takes('d', 1000)]).toEqual([true, false, true, false])
  })

  it('B1: strangers beyond number take no memory beyond it', () => {
    const budget = new AnswerBudget({ burst: { host: 1, all: 1e9 }, perSecond: { host: 0, all: 0 } })
    expect(budget.take('first', 0)).toBe(true)
    expect(budget.take('first', 0)).toBe(false)
    for (let at = 0; at < 256; at++) budget.take(`${at}`, 0)
    expect(budget.take('first', 0)).toBe(true)
  })
})
