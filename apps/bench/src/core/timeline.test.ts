import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Timeline, timelineFigures } from './timeline.ts'

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

test('A4: every reply and failure of a run is in its interval, however many processes and however long', () => {
  const events = fc.array(fc.record({ process: fc.nat(2), atMs: fc.nat(400_000), isReply: fc.boolean() }), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(events, (list) => {
      const processes = [new Timeline(), new Timeline(), new Timeline()]
      for (const { process, atMs, isReply } of list) {
        if (isReply) processes[process]!.reply(atMs, 1)
        else processes[process]!.failure(atMs)
      }
      const figures = timelineFigures(processes.map((one) => one.toRecord()))
      const replies = list.filter(({ isReply }) => isReply)
      expect(sum(figures.repliesPerSecond) * figures.intervalSeconds).toBeCloseTo(replies.length, 6)
      expect(sum(figures.failuresPerSecond) * figures.intervalSeconds).toBeCloseTo(list.length - replies.length, 6)
      for (const { atMs } of replies) {
        expect(
          figures.repliesPerSecond[Math.floor(atMs / Math.round(figures.intervalSeconds * 1_000))],
        ).toBeGreaterThan(0)
      }
    }),
  )
})

test('A4: a run of days keeps to a bounded number of intervals', () => {
  const timeline = new Timeline()
  for (let second = 0; second < 200_000; second += 10) timeline.reply(second * 1_000, 2)
  const { replied, intervalMs } = timeline.toRecord()
  expect(replied.length).toBeLessThanOrEqual(1_200)
  expect(intervalMs * replied.length).toBeGreaterThanOrEqual(199_990_000)
  expect(sum(replied)).toBe(20_000)
})

test('A4: percentiles over time are within a fifth of the truth, and 0 where nothing was replied', () => {
  const timeline = new Timeline()
  for (let count = 0; count < 98; count++) timeline.reply(50, 0.2)
  for (let count = 0; count < 2; count++) timeline.reply(50, 30)
  timeline.failure(250)
  const { p50Micros, p99Micros } = timelineFigures([timeline.toRecord()])
  expect(p50Micros[0]! / 200).toBeGreaterThan(0.8)
  expect(p50Micros[0]! / 200).toBeLessThan(1.2)
  expect(p99Micros[0]! / 30_000).toBeGreaterThan(0.8)
  expect(p99Micros[0]! / 30_000).toBeLessThan(1.2)
  expect(p50Micros.slice(1)).toEqual([0, 0])
})
