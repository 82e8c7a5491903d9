import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FileWatch } from './file-watch.ts'

let directory: string
let told: number
let watch: FileWatch

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  directory = mkdtempSync(join(tmpdir(), 'ring-watch-'))
  told = 0
  watch = new FileWatch(() => {
    told += 1
  })
})
afterEach(() => {
  watch.stop()
  vi.useRealTimers()
  rmSync(directory, { recursive: true, force: true })
})

/** The time of the looks is not the clock's; the files are the real ones. */
async function look(): Promise<void> {
  vi.advanceTimersByTime(2000)
  await new Promise((resolve) => setTimeout(resolve, 5))
}

async function lookUntilTold(times: number): Promise<void> {
  for (let looks = 0; told < times && looks < 200; looks += 1) await look()
  expect(told).toBe(times)
}

describe('F1: FileWatch', () => {
  it('tells once what is there at first, which may be newer than what was read', async () => {
    const path = join(directory, 'ring.key')
    writeFileSync(path, 'new, since it was read')
    watch.watch([path])
    await lookUntilTold(1)
    for (let looks = 0; looks < 3; looks += 1) await look()
    expect(told).toBe(1)
  })

  it('tells each change once', async () => {
    const path = join(directory, 'ring.key')
    writeFileSync(path, 'one')
    watch.watch([path])
    await lookUntilTold(1)
    writeFileSync(path, 'three')
    await lookUntilTold(2)
    for (let looks = 0; looks < 3; looks += 1) await look()
    expect(told).toBe(2)
  })
})
