import { describe, expect, it } from 'vitest'
import { Status } from '../../frames/status.ts'
import { clear, waits } from '../../relay/waiting/verdict.ts'
import { StartPermit } from './start-permit.ts'

function permit(validMs = 1_500) {
  const world = { nowMs: 1_000, questions: [] as number[] }
  const one = new StartPermit({ nowMs: () => world.nowMs, ask: (question) => world.questions.push(question) })
  one.begin(validMs)
  return { one, world }
}

describe('M3: StartPermit', () => {
  it('starts nothing before the first word, and asks for it once', () => {
    const { one, world } = permit()
    expect([one.verdict(), one.verdict()]).toEqual([waits, waits])
    expect(world.questions).toEqual([1])
    one.onWord(1, clear)
    expect(one.verdict()).toBe(clear)
  })

  it('counts a word from its question on, and asks anew when half of that is over', () => {
    const { one, world } = permit()
    one.verdict()
    world.nowMs += 400
    one.onWord(1, clear)
    world.nowMs = 1_749
    expect([one.verdict(), world.questions]).toEqual([clear, [1]])
    world.nowMs = 1_750
    expect([one.verdict(), world.questions]).toEqual([clear, [1, 2]])
    world.nowMs = 2_500
    expect(one.verdict()).toBe(waits)
    one.onWord(1, clear)
    expect(one.verdict()).toBe(waits)
    one.onWord(2, clear)
    expect(one.verdict()).toBe(clear)
  })

  it('a word that it waits, or is refused, ends what was allowed at once; the next one is asked for', () => {
    for (const word of [waits, Status.closing]) {
      const { one, world } = permit()
      one.verdict()
      one.onWord(1, clear)
      one.onWord(1, word)
      expect(one.verdict()).toBe(waits)
      expect(world.questions).toEqual([1, 2])
    }
  })

  it('a question stays open while the node has doubts: the word after them answers it', () => {
    const { one, world } = permit()
    one.verdict()
    one.onWord(1, waits)
    expect(one.verdict()).toBe(waits)
    one.onWord(1, clear)
    expect([one.verdict(), world.questions]).toEqual([clear, [1]])
  })

  it('an answer that was under way when the machine slept counts for nothing', () => {
    const { one, world } = permit()
    one.verdict()
    one.resumed(60_000)
    one.onWord(1, clear)
    expect(one.verdict()).toBe(waits)
    expect(world.questions).toEqual([1, 2])
  })

  it('a node of a version that gives no word is not asked', () => {
    const { one, world } = permit(0)
    expect([one.verdict(), world.questions]).toEqual([clear, []])
  })
})
