import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { HistoryFile, historyPath, linesOf } from './history-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'ring-history-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
const fresh = () => join(folder, String(count++), 'ring', 'linetool-history')
const untroubled = (text: string) => {
  throw new Error(text)
}

describe('A12: the history file', () => {
  test('lines of two sessions that write at once are all there, and neither is cut', async () => {
    const path = fresh()
    const sessions = await Promise.all(Array.from({ length: 2 }, () => HistoryFile.open(path, 1_000, untroubled)))
    for (let line = 0; line < 200; line++)
      for (const [name, session] of sessions.entries()) session.add(`echo ${name} ${line}`)
    await Promise.all(sessions.map((session) => session.written()))
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    for (const name of [0, 1]) {
      expect(lines.filter((line) => line.startsWith(`echo ${name} `))).toEqual(
        Array.from({ length: 200 }, (_, at) => `echo ${name} ${at}`),
      )
    }
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect((await HistoryFile.open(path, 1_000, untroubled)).lines).toEqual(lines)
  })

  test('-his N keeps the last N lines of what is shown; the last line is not repeated', async () => {
    const history = await HistoryFile.open(fresh(), 3, untroubled)
    for (const line of ['a', 'b', 'b', 'c', 'd', '', '  ']) history.add(line)
    expect(history.lines).toEqual(['b', 'c', 'd'])
    const none = await HistoryFile.open(fresh(), 0, untroubled)
    none.add('a')
    expect(none.lines).toEqual([])
  })

  test('a file that others may read is closed to them', async () => {
    const path = fresh()
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, 'a\n')
    chmodSync(path, 0o644)
    await HistoryFile.open(path, 10, untroubled)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('a large file is put aside whole, and still read', async () => {
    const path = fresh()
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, `${'x'.repeat(99)}\n`.repeat(12_000))
    const history = await HistoryFile.open(path, 10, untroubled)
    expect(history.lines).toHaveLength(10)
    history.add('new')
    await history.written()
    expect(readFileSync(path, 'utf8')).toBe('new\n')
    expect(readFileSync(`${path}.old`, 'utf8')).toHaveLength(1_200_000)
    expect((await HistoryFile.open(path, 10, untroubled)).lines.at(-1)).toBe('new')
  })

  test('a file that cannot be kept is told once, and the session goes on', async () => {
    const told: string[] = []
    const path = join(folder, 'a-file')
    writeFileSync(path, '')
    const history = await HistoryFile.open(join(path, 'history'), 10, (text) => told.push(text))
    history.add('a')
    history.add('b')
    await history.written()
    expect(history.lines).toEqual(['a', 'b'])
    expect(told).toEqual([expect.stringContaining('The history is not kept')])
  })

  test('it lies where the state of a user lies', () => {
    expect(historyPath({ XDG_STATE_HOME: '/x' })).toBe('/x/ring/linetool-history')
    expect(historyPath({ XDG_STATE_HOME: 'relative', HOME: '/h' })).toMatch(/\/\.local\/state\/ring\/linetool-history$/)
  })

  test('any bytes are a history', async () => {
    const path = fresh()
    mkdirSync(join(path, '..'), { recursive: true })
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        writeFileSync(path, bytes)
        const { lines } = await HistoryFile.open(path, 100, untroubled)
        for (const line of lines) expect(line).not.toMatch(/(?!\t)\p{Cc}/u)
      }),
      { numRuns: 100 },
    )
    expect(linesOf('a\r\nb\n\n c ')).toEqual(['a', 'b', 'c'])
  })
})
