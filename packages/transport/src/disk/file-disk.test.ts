import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Disk, DiskResult } from '@ring/platform'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StruckFileSystem } from '../simulation/struck-file-system.ts'
import { FileDisk } from './file-disk.ts'

let directory: string
let files: StruckFileSystem
let disk: FileDisk

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ring-file-disk-'))
  files = new StruckFileSystem()
  disk = await FileDisk.open(directory, files)
})
afterEach(async () => {
  await disk.idle()
  await rm(directory, { recursive: true })
})

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const asked = <T>(call: (disk: Disk, done: (result: DiskResult<T>) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => call(disk, (result) => (result.ok ? resolve(result.value) : reject(result.error))))
const askedToWrite = (call: (disk: Disk, done: (result: DiskResult<void>) => void) => void) => asked(call)
const ignore = (): void => undefined

describe('FileDisk', () => {
  it('writes and syncs once for all appends that were asked while one was under way', async () => {
    await asked((on, done) => on.append('log', bytes('first '), done))
    files.calls.length = 0
    const order: number[] = []
    for (let at = 0; at < 50; at++) disk.append('log', bytes(`${at} `), () => order.push(at))
    await disk.idle()
    // The first goes at once, the other 49 together; the name is known, so the directory is not synced again.
    const group = ['open', 'stat', 'writeFile', 'sync', 'close']
    expect(files.calls).toEqual([...group, ...group])
    expect(order).toEqual(Array.from({ length: 50 }, (_, at) => at))
    const text = new TextDecoder().decode(await asked<Uint8Array | undefined>((on, done) => on.read('log', done)))
    expect(text).toBe(`first ${order.map((at) => `${at} `).join('')}`)
  })

  it('never reads a file to append to it', async () => {
    await writeFile(join(directory, 'log'), 'what was there')
    await asked((on, done) => on.append('log', bytes(', and more'), done))
    expect(files.calls).not.toContain('readFile')
  })

  it('syncs what a process before may have left unsynced, before it tells it', async () => {
    await writeFile(join(directory, 'vote'), 'not synced')
    await asked((on, done) => on.read('vote', done))
    expect(files.calls).toEqual(['open', 'sync', 'close', 'open', 'sync', 'readFile', 'close'])
    files.calls.length = 0
    await asked((on, done) => on.read('vote', done))
    expect(files.calls).toEqual(['open', 'readFile', 'close'])
  })

  it('neither lists nor keeps what a process before left unfinished; who only reads leaves it', async () => {
    for (const name of ['vote', 'vote.new', 'other.new', 'Not-Ours.new'])
      await writeFile(join(directory, name), 'left over')
    expect(await asked<readonly string[]>((on, done) => on.list(done))).toEqual(['vote'])
    expect((await readdir(directory)).sort()).toEqual(['Not-Ours.new', 'other.new', 'vote', 'vote.new'])
    await askedToWrite((on, done) => on.append('log', bytes('a'), done))
    expect((await readdir(directory)).sort()).toEqual(['Not-Ours.new', 'log', 'vote'])
  })

  it('writes two replacements of one name one after another, files of mode 0600', async () => {
    for (let at = 0; at < 20; at++) disk.replace('vote', new Uint8Array(1000 * (20 - at)).fill(at), ignore)
    const last = await asked<Uint8Array | undefined>((on, done) => on.read('vote', done))
    expect([last?.length, new Set(last)]).toEqual([1000, new Set([19])])
    expect((await stat(join(directory, 'vote'))).mode & 0o777).toBe(0o600)
  })

  it('says what failed, and what the file is like now', async () => {
    files.failAfter(4, 'one') // The directory is read, the file opened, written and synced; closing it fails.
    await expect(askedToWrite((on, done) => on.replace('vote', bytes('a'), done))).rejects.toMatchObject({
      code: 'RING_DISK',
      message: 'cannot replace "vote" (EIO: struck); nothing was changed',
    })
    files.failAfter(6, 'one') // Now it is in its place, and the directory cannot be synced.
    await expect(askedToWrite((on, done) => on.replace('vote', bytes('b'), done))).rejects.toMatchObject({
      message: 'cannot replace "vote" (EIO: struck); it may have been done or not, which reading tells',
    })
  })

  it('goes on when the one who is answered throws', async () => {
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve))
    // Vitest's own would take it for an error of the test.
    const others = process.listeners('uncaughtException').slice(0, -1)
    for (const other of others) process.off('uncaughtException', other)
    try {
      disk.append('log', bytes('a'), () => {
        throw new Error('of the caller')
      })
      disk.append('log', bytes('b'), ignore)
      expect(await thrown).toMatchObject({ message: 'of the caller' })
    } finally {
      for (const other of others) process.on('uncaughtException', other)
    }
    const text = new TextDecoder().decode(await asked<Uint8Array | undefined>((on, done) => on.read('log', done)))
    expect(text).toBe('ab')
  })
})
