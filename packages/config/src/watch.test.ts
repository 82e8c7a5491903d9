import { link, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Configuration } from './core/configuration.ts'
import { loadConfiguration } from './load.ts'
import { type ConfigurationWatch, type WatchClock, watchConfiguration } from './watch.ts'

const text = (revision: number, rest = '') =>
  `[GLOBAL]\nGROUP=G\nFILEVERSION=${revision}\nDELIVERMODE=hash\nPORT=1\nCTLPORT=2\n[SVRNODE]\nNAME=a\n[SLVNODE]\nNAME=[.]*\n${rest}`

let folder: string
let watch: ConfigurationWatch | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ring-watch-'))
})
afterEach(async () => {
  watch?.close()
  await rm(folder, { recursive: true })
})

/** What the watch told, in order: the FILEVERSION of a change, or the first mistake. */
function watching(path: string, options: { current?: Configuration; clock?: WatchClock } = {}): (number | string)[] {
  const told: (number | string)[] = []
  watch = watchConfiguration(
    { kind: 'file', path },
    { debounceMs: 10, settleMs: 40, pollMs: 40, ...options },
    {
      changed: ({ global }) => void told.push(global.fileVersion),
      invalid: ({ issues }) => void told.push(issues[0]!.rule),
    },
  )
  return told
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 5 })

describe('A1: watching', () => {
  it('A1: notices writing in place, a rename, a deletion and a file that is created again', async () => {
    const path = join(folder, 'ring.ini')
    await writeFile(path, text(1))
    const told = watching(path, { current: await loadConfiguration({ kind: 'file', path }) })
    await writeFile(path, text(2))
    await until(() => expect(told).toEqual([2]))
    await writeFile(join(folder, 'new'), text(3))
    await rename(join(folder, 'new'), path)
    await until(() => expect(told).toEqual([2, 3]))
    await rm(path)
    await until(() => expect(told).toEqual([2, 3, expect.stringContaining('cannot be read (ENOENT)')]))
    await writeFile(path, text(4))
    await until(() => expect(told.at(-1)).toBe(4))
    await writeFile(path, text(5).slice(0, 40))
    await until(() => expect(told.at(-1)).toMatch(/is required|must be/))
    await writeFile(path, text(6))
    await until(() => expect(told.at(-1)).toBe(6))
  })

  it('A1: notices a change in an included file, and one that was missing', async () => {
    const path = join(folder, 'ring.ini')
    await mkdir(join(folder, 'parts'))
    await writeFile(path, text(1, 'INCLUDE = parts/more.ini\n'))
    await writeFile(join(folder, 'parts/more.ini'), '[GLOBAL]\nFILEVERSION=10\n')
    const told = watching(path, { current: await loadConfiguration({ kind: 'file', path }) })
    await writeFile(join(folder, 'parts/more.ini'), '[GLOBAL]\nFILEVERSION=11\n')
    await until(() => expect(told).toEqual([11]))
    await rm(join(folder, 'parts'), { recursive: true })
    await until(() => expect(told.at(-1)).toMatch(/ENOENT/))
    await mkdir(join(folder, 'parts'))
    await writeFile(join(folder, 'parts/more.ini'), '[GLOBAL]\nFILEVERSION=12\n')
    await until(() => expect(told.at(-1)).toBe(12))
  })

  it('A1: notices that a link is turned, as Kubernetes does with a ConfigMap', async () => {
    const revision = async (name: string, number: number) => {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'ring.ini'), text(number))
      await symlink(name, join(folder, '..data_tmp'))
      await rename(join(folder, '..data_tmp'), join(folder, '..data'))
    }
    await revision('..1', 1)
    const path = join(folder, 'ring.ini')
    await symlink('..data/ring.ini', path)
    const told = watching(path, { current: await loadConfiguration({ kind: 'file', path }) })
    await revision('..2', 2)
    await until(() => expect(told).toEqual([2]))
    await rm(join(folder, '..1'), { recursive: true })
    await revision('..3', 3)
    await until(() => expect(told).toEqual([2, 3]))
  })

  it('A1: notices a file that is written where no directory gives a sign, as one that was mounted alone', async () => {
    await mkdir(join(folder, 'mounted'))
    await mkdir(join(folder, 'elsewhere'))
    const path = join(folder, 'mounted', 'ring.ini')
    await writeFile(path, text(1))
    // Of one inode with two names, the system tells only those who watch the name that is used.
    await link(path, join(folder, 'elsewhere', 'ring.ini'))
    const told = watching(path, { current: await loadConfiguration({ kind: 'file', path }) })
    await writeFile(join(folder, 'elsewhere', 'ring.ini'), text(2))
    await until(() => expect(told).toEqual([2]))
    await writeFile(join(folder, 'elsewhere', 'ring.ini'), text(3))
    await until(() => expect(told).toEqual([2, 3]))
  })

  it('A1: finds what changed between the load and the watch', async () => {
    const path = join(folder, 'ring.ini')
    await writeFile(path, text(1))
    const current = await loadConfiguration({ kind: 'file', path })
    await writeFile(path, text(2))
    const told = watching(path, { current })
    await until(() => expect(told).toEqual([2]))
  })

  it('A1: tells nothing after it is closed, and arms nothing for a JSON string', async () => {
    const path = join(folder, 'ring.ini')
    await writeFile(path, text(1))
    const timers: (() => void)[] = []
    const clock: WatchClock = {
      after: (_, run) => {
        timers.push(run)
        return { cancel: () => undefined }
      },
    }
    const told = watching(path, { current: await loadConfiguration({ kind: 'file', path }), clock })
    await writeFile(path, text(2))
    watch!.close()
    for (const run of timers) run()
    expect(timers).toHaveLength(2)
    expect(told).toEqual([])
    const events = { changed: () => expect.unreachable(), invalid: () => expect.unreachable() }
    watchConfiguration({ kind: 'json', text: '{}' }, { clock }, events).close()
    expect(timers).toHaveLength(2)
  })
})
