import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
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

  it('is taken over from a process that is gone, and from one that has its number by chance', async () => {
    for (const left of ['999999999 1\n', `${process.pid} 1\n`, 'nothing that makes sense']) {
      writeFileSync(path, left)
      const outcome = await lockFile(path)
      expect(outcome.taken, left).toBe(true)
      expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${process.pid} \\d+\n$`))
      expect(readdirSync(directory)).toEqual(['lock'])
    }
  })

  it('leaves alone what another process has taken since', async () => {
    const first = await lockFile(path)
    writeFileSync(path, '1 1\n')
    if (first.taken) await first.lock.release()
    expect(readFileSync(path, 'utf8')).toBe('1 1\n')
  })
})
