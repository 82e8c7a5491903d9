import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeDirectory } from './make-directory.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ring-make-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('F1: directories of a node', () => {
  it('F1: are made on the way, with the mode that is asked for, and stay as they are where they are', async () => {
    const path = join(folder, 'a', 'b', 'c')
    await makeDirectory(path, 0o700)
    expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o700)
    await makeDirectory(path, 0o755)
    expect((await stat(path)).mode & 0o777).toBe(0o700)
  })

  it('F1: are made by several at the same time', async () => {
    for (let round = 0; round < 60; round++) {
      const paths = Array.from({ length: 16 }, (_, node) => join(folder, `${round}`, 'ring', 'state', `${node}`))
      await Promise.all(paths.map((path) => makeDirectory(path, 0o700)))
      for (const path of paths) expect((await stat(path)).isDirectory()).toBe(true)
    }
  })

  it('F1: a file in the way is an error, not a directory', async () => {
    await writeFile(join(folder, 'file'), '')
    await expect(makeDirectory(join(folder, 'file'), 0o700)).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(makeDirectory(join(folder, 'file', 'x'), 0o700)).rejects.toMatchObject({ code: 'ENOTDIR' })
  })
})
