import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silent } from '@ring/platform'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { type NodeSettings, readSettings } from '../setup/node-settings.ts'
import { Credentials } from './credentials.ts'

const slow = vi.hoisted(() => ({ waits: [] as Promise<void>[] }))

vi.mock('./key-file.ts', async (original) => {
  const real = await original<typeof import('./key-file.ts')>()
  return {
    ...real,
    async readKeyFile(path: string) {
      const keys = await real.readKeyFile(path)
      await slow.waits.shift()
      return keys
    },
  }
})

const directory = mkdtempSync(join(tmpdir(), 'ring-credentials-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
const path = join(directory, 'ring.key')

function settings(): Promise<NodeSettings> {
  const configuration = JSON.stringify({
    GLOBAL: { FILEVERSION: 1, GROUP: 'x', DELIVERMODE: 'hash', PORT: 8020 },
    RING: { RUNTIMEDIR: directory, GROUPKEYFILE: path },
    SVRNODE: [{ NAME: '127.0.0.1', CTLPORT: 8021 }],
  })
  return readSettings({ configuration, ctlPort: 8021 })
}

describe('Credentials', () => {
  it('F1: of two readings at once the later one holds, however slow the first', async () => {
    writeFileSync(path, 'the first key of the ring\n', { mode: 0o600 })
    const one = await settings()
    const credentials = await Credentials.read(one, silent)
    const other = await settings()
    let goOn: () => void = () => undefined
    slow.waits = [new Promise((resolve) => (goOn = resolve))]
    const first = credentials.take(one)
    // The slow one has read the file when it changes.
    await vi.waitFor(() => expect(slow.waits).toEqual([]))
    writeFileSync(path, 'the second key of the ring\n')
    const second = credentials.take(other)
    setTimeout(goOn, 50)
    await Promise.all([first, second])
    credentials.stop()
    expect(credentials.keys.map((key) => Buffer.from(key).toString())).toEqual(['the second key of the ring'])
  })
})
