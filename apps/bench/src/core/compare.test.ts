import { expect, test } from 'vitest'
import { compare, compareText } from './compare.ts'
import { htmlReport } from './html-report.ts'
import { parseArguments } from './parse-arguments.ts'
import { type ClientReport, clientReport } from './report.ts'
import type { ClientSettings } from './settings.ts'
import { Tally } from './tally.ts'

const names = { before: 'a.json', after: 'b.json' }

function settings(words = ''): ClientSettings {
  const command = parseArguments([
    '--client',
    '--config',
    '{}',
    '--duration',
    '1s',
    ...words.split(' ').filter(Boolean),
  ])
  if (command.command !== 'client') throw new Error('not a client')
  return command.settings
}

/** Runs of a second each with this many replies, every one of `ms`. */
function report(replies: readonly number[], ms: number, words = '', label = ''): ClientReport {
  const runs = replies.map((count) => {
    const tally = new Tally({ overTime: true })
    for (let at = 0; at < count; at++) {
      tally.sent++
      tally.reply(true, ms, (at * 1_000) / count)
    }
    const record = tally.toRecord()
    return { seconds: 1, tally: record, timelines: [record.timeline!], marks: [{ atMs: 500, text: '<b>kill</b>' }] }
  })
  return { ...clientReport(settings(words), runs, { node: 'n:1', cores: 2, counted: [] }), label }
}

test('A4: two reports side by side, with what is better and what may be chance', () => {
  const figures = compare(report([1000, 1010, 1020], 2), report([1500, 1490, 1510], 1), names).figures
  expect(figures.find(({ what }) => what === 'throughput')).toMatchObject({
    before: 1010,
    after: 1500,
    mayBeChance: false,
  })
  expect(figures.find(({ what }) => what === 'latency p50')?.ratio).toBeCloseTo(0.5, 2)
  const text = compareText(compare(report([1000, 1010], 2), report([1005, 1015], 2), names))
  expect(text).toContain('may be chance')
  expect(compareText(compare(report([1000], 2), report([2000], 4), names))).toMatch(/throughput.*better\n.*p50.*worse/)
})

test('A4: reports of different loads say so', () => {
  const { differences } = compare(report([10], 1), report([10], 1, '--in-flight 8 --size 256'), names)
  expect(differences).toEqual(['body sizes: 128 B, then 256 B', 'in flight: 1, then 8'])
})

test('A4: the page has every plot and mark, and nothing from outside gets into its markup', () => {
  const page = htmlReport(report([1000], 2, '', '<script>alert(1)</script>'))
  expect(page.match(/<svg/g)).toHaveLength(3)
  expect(page).toContain('0.50 s: &lt;b&gt;kill&lt;/b&gt;')
  expect(page).not.toContain('<script')
  expect(page).not.toMatch(/NaN|Infinity|undefined/)
  expect(htmlReport(report([0], 2))).not.toMatch(/NaN|Infinity|undefined/)
})
