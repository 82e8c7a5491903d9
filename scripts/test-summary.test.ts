import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'ring-summary-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** @param tests names, each with what became of it */
function report(name: string, tests: Readonly<Record<string, 'passed' | 'failed' | 'skipped'>>): string {
  const assertionResults = Object.entries(tests).map(([fullName, status]) => ({ fullName, status }))
  const count = (status: string) => assertionResults.filter((one) => one.status === status).length
  const testResults = [{ name: 'a.test.ts', status: 'passed', assertionResults }]
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify({ numPassedTests: count('passed'), numFailedTests: count('failed'), testResults }))
  return file
}

function summary(...files: readonly string[]) {
  const { stdout, status } = spawnSync(process.execPath, [join(import.meta.dirname, 'test-summary.mjs'), ...files], {
    encoding: 'utf8',
  })
  return { lines: stdout.trimEnd().split('\n'), status }
}

describe('the closing lines of a run of tests', () => {
  it('F3: count all reports, and say of each test that was skipped why', () => {
    const one = report('one.json', {
      a: 'passed',
      'b (skipped: no IPv6)': 'skipped',
      'c (skipped: no IPv6) d': 'skipped',
    })
    const other = report('other.json', { e: 'passed' })
    const missing = join(folder, 'missing.json')
    writeFileSync(missing, JSON.stringify({ notRun: 'Node 24 cannot be had' }))
    expect(summary(one, other, missing)).toEqual({
      lines: [
        ...['skipped, since no IPv6:', '  b', '  c d'],
        ...['skipped, since Node 24 cannot be had:', `  all of ${missing}`],
        '2 passed, 0 failed, 3 skipped',
      ],
      status: 0,
    })
  })

  it('F3: a test that is skipped without a reason counts as failed', () => {
    const { lines, status } = summary(report('silent.json', { a: 'passed', b: 'skipped' }))
    expect(lines.at(-1)).toBe('1 passed, 1 failed, 1 skipped')
    expect(status).toBe(1)
  })

  it('F3: a failure fails, and so does a run of nothing', () => {
    expect(summary(report('bad.json', { a: 'passed', b: 'failed' })).status).toBe(1)
    expect(summary(report('none.json', {})).status).toBe(1)
    expect(summary(join(folder, 'not-there.json'))).toEqual({ lines: ['0 passed, 1 failed'], status: 1 })
  })
})
