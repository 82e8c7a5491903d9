import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFile } from './file-lock.ts'

describe('lockFile', () => {
  let directory: string
  let path: string

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ring-lock-'))
    path = join(directory, 'lock')
  })

  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  it('is held by one, and free again when it is released', async () => {
    const first = await lockFile(path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(await lockFile(path)).toEqual({ taken: false, pid: process.pid })
    if (first.taken) await first.lock.release()
    expect(readdirSync(directory)).toEqual([])
    expect(await lockFile(path)).toMatchObject({ taken: true })
  })

  it('is released by several at once, as a node that stops while it makes its directory anew does', async () => {
    for (let round = 0; round < 20; round++) {
      const outcome = await lockFile(path)
      if (!outcome.taken) throw new Error('held by nobody, and not taken')
      await Promise.all(Array.from({ length: 4 }, () => outcome.lock.release()))
      expect(readdirSync(directory)).toEqual([])
    }
  })

  it('is taken over from a process that is gone, and from one that has its number by chance', async () => {
    for (const left of ['999999999 1\n', `${process.pid} 1\n`, 'nothing that makes sense']) {
      writeFileSync(path, left)
      const outcome = await lockFile(path)
      expect(outcome.taken, left).toBe(true)
      expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${process.pid} \\d+ [0-9a-f]{16}\n$`))
      expect(readdirSync(directory)).toEqual(['lock'])
    }
  })

  it('is taken over by one of those who find it stale at the same time', async () => {
    for (let round = 0; round < 150; round++) {
      writeFileSync(path, '999999999 1\n')
      const outcomes = await Promise.all(Array.from({ length: 2 + (round % 4) }, () => lockFile(path)))
      const taken = outcomes.flatMap((outcome) => (outcome.taken ? [outcome.lock] : []))
      expect(taken, `round ${round}`).toHaveLength(1)
      expect(outcomes.filter((outcome) => !outcome.taken).every(({ pid }) => pid === process.pid)).toBe(true)
      await taken[0]!.release()
      expect(readdirSync(directory)).toEqual([])
    }
  })

  it('is taken over though whoever was about to do that is gone too', async () => {
    writeFileSync(path, '999999999 1\n')
    writeFileSync(`${path}.takeover`, '999999999 1\n')
    expect(await lockFile(path)).toMatchObject({ taken: true })
    expect(readdirSync(directory)).toEqual(['lock'])
  })

  it('says whose it is from the first moment on', async () => {
    let isOver = false
    const texts = new Set<string>()
    const watch = async () => {
      while (!isOver) texts.add(await readFile(path, 'utf8').catch(() => 'absent'))
    }
    const watching = watch()
    for (let round = 0; round < 300; round++) {
      const outcome = await lockFile(path)
      if (outcome.taken) await outcome.lock.release()
    }
    isOver = true
    await watching
    expect([...texts].filter((text) => text !== 'absent' && !/^\d+ \d+ \w+\n$/.test(text))).toEqual([])
    expect(texts.size).toBeGreaterThan(10)
  })

  it('is held once, however many take it and let it go', async () => {
    writeFileSync(path, '999999999 1\n')
    let holders = 0
    let most = 0
    const contend = async () => {
      for (let round = 0; round < 100; round++) {
        const outcome = await lockFile(path)
        if (!outcome.taken) continue
        most = Math.max(most, ++holders)
        await readFile(path, 'utf8')
        holders--
        await outcome.lock.release()
      }
    }
    await Promise.all([contend(), contend(), contend()])
    expect(most).toBe(1)
  })

  it('leaves alone what another process has taken since', async () => {
    const first = await lockFile(path)
    writeFileSync(path, '1 1\n')
    if (first.taken) await first.lock.release()
    expect(readFileSync(path, 'utf8')).toBe('1 1\n')
  })
})
