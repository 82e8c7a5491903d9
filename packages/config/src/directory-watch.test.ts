import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { DirectoryWatch } from './directory-watch.ts'

describe('A1: watching directories', () => {
  it('A1: what happens to other files beside is no sign, and a directory that is not there is said', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ring-directory-'))
    const path = join(folder, 'ring.ini')
    await writeFile(path, '1')
    let signs = 0
    const watch = new DirectoryWatch(() => {
      signs++
    })
    try {
      expect(await watch.follow([path])).toBe(true)
      for (let line = 0; line < 50; line++) await writeFile(join(folder, 'ring.log'), String(line))
      await writeFile(join(folder, 'ring.ini.new'), '2')
      await rename(join(folder, 'ring.ini.new'), path)
      // Signs come in order: with this one, those of the log would be there too.
      await vi.waitFor(() => expect(signs).toBeGreaterThan(0), { timeout: 20_000, interval: 5 })
      expect(signs).toBeLessThan(5)
      expect(await watch.follow([path, join(folder, 'none/more.ini')])).toBe(false)
    } finally {
      watch.close()
      await rm(folder, { recursive: true })
    }
  })
})
