import { expect, test } from 'vitest'
import { KeyChoice, keySpace } from './key-choice.ts'
import { SenderPlan } from './sender-plan.ts'

const inTurn = (count: number, start: number) => new KeyChoice(keySpace(count), 'in-turn', () => 0, start)

test('A4: a sender sends as often as it may, through the keys in turn', () => {
  const plan = new SenderPlan({ loops: 5, endMs: undefined }, inTurn(3, 1))
  const keys: string[] = []
  while (plan.mayGoOn(0)) keys.push(plan.next())
  expect(keys).toEqual(['key1', 'key2', 'key0', 'key1', 'key2'])
})

test('A4: -l 0 is without end, until the time is over or it is told to stop', () => {
  const plan = new SenderPlan({ loops: 0, endMs: 100 }, inTurn(1, 7))
  for (let i = 0; i < 10_000; i++) plan.next()
  expect(plan.mayGoOn(99)).toBe(true)
  expect(plan.mayGoOn(100)).toBe(false)
  plan.stop()
  expect(plan.mayGoOn(0)).toBe(false)
})

test('A4: who is refused again and again rests longer, but never long, and a success forgets it', () => {
  const plan = new SenderPlan({ loops: 0, endMs: undefined }, inTurn(1, 0))
  expect(Array.from({ length: 8 }, () => plan.failed())).toEqual([1, 2, 4, 8, 16, 32, 50, 50])
  plan.succeeded()
  expect(plan.failed()).toBe(1)
})
