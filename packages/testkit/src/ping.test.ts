import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { lastRoundTripMs, runPingExample } from '../examples/ping.ts'

it('F2: the example of the README runs, and the README shows the very file', () => {
  expect(runPingExample(1)).toEqual(runPingExample(1))
  expect(lastRoundTripMs(runPingExample(2))).toBeGreaterThan(0)
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(readFileSync(new URL('../examples/ping.ts', import.meta.url), 'utf8').trim())
})
