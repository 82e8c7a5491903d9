import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { keysOf, othersMayRead, readKeyFile } from './key-file.ts'
import { createKeyFile, editKeyFile } from './key-file-edit.ts'
import { fingerprint } from './key-standing.ts'

const directory = mkdtempSync(join(tmpdir(), 'ring-key-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('key files', () => {
  it("F1: are their owner's alone, or given by root to the group of a process that is not root", () => {
    expect(othersMayRead({ mode: 0o100600, uid: 1000 }, 1000)).toBe(false)
    expect(othersMayRead({ mode: 0o100640, uid: 1000 }, 1000)).toBe(true)
    expect(othersMayRead({ mode: 0o100604, uid: 1000 }, 1000)).toBe(true)
    expect(othersMayRead({ mode: 0o100440, uid: 0 }, 1000)).toBe(false)
    expect(othersMayRead({ mode: 0o100444, uid: 0 }, 1000)).toBe(true)
    expect(othersMayRead({ mode: 0o100460, uid: 0 }, 1000)).toBe(true)
    expect(othersMayRead({ mode: 0o100440, uid: 0 }, 0)).toBe(true)
  })

  it('hold a key a line, whatever else stands there', () => {
    expect(keysOf('# old\r\n  one  \n\n#two\nthree')).toEqual(['one', 'three'])
    fc.assert(fc.property(fc.string(), (text) => keysOf(text).every((key) => key === key.trim() && key !== '')))
  })

  it('F1: change in one step, keep their mode, and are never written over', async () => {
    const path = join(directory, 'ring.key')
    const [first] = await createKeyFile(path)
    await expect(createKeyFile(path)).rejects.toMatchObject({ code: 'RING_NODE_SETUP' })
    const link = join(directory, 'link.key')
    symlinkSync(path, link)
    await editKeyFile(link, (keys) => ['a second key of the ring', ...keys])
    expect(await readKeyFile(path)).toEqual(['a second key of the ring', first])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const before = readFileSync(path, 'utf8')
    await expect(
      editKeyFile(path, () => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(readFileSync(path, 'utf8')).toBe(before)
    expect(before).not.toContain(fingerprint(first!))
  })

  it('F1: are not read beyond a bound', async () => {
    const path = join(directory, 'large.key')
    writeFileSync(path, 'x'.repeat(65_537), { mode: 0o600 })
    await expect(readKeyFile(path)).rejects.toThrow('longer than 65536 bytes')
    await expect(readKeyFile(directory)).rejects.toMatchObject({ code: 'RING_NODE_SETUP' })
  })
})
