import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseStart } from '../core/options/start.ts'
import { knownNodes } from './seeds.ts'

const folder = mkdtempSync(join(tmpdir(), 'ring-seeds-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ring = `{'GLOBAL': {'GROUP': 'shop', 'FILEVERSION': 1, 'DELIVERMODE': 'hash', 'PORT': 8020, 'CTLPORT': 8021},
  'SVRNODE': [{'NAME': 'web[1-2].example'}, {'NAME': 'web3.example', 'CUK': 'c3', 'CTLENDPOINTS': '10.0.0.3:9021,gate'}],
  'SLVNODE': [{'NAME': '[.]*'}]}`

function known(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const start = parseStart(words)
  if (start.kind !== 'work') throw new Error('not a start of work')
  return knownNodes(start.settings, environment)
}

describe('A12: the nodes that are known at first', () => {
  test('the servers of a configuration, dialled at their control endpoints first', async () => {
    for (const { seeds } of [await known(['-json', ring]), await known([], { CHMJSONCONF: ring })]) {
      expect(seeds.map(({ label }) => label)).toEqual([
        'web1.example:8021',
        'web2.example:8021',
        'web3.example:8021:c3',
      ])
      expect(seeds[2]!.addresses).toEqual([
        { host: '10.0.0.3', port: 9021 },
        { host: 'gate', port: 8021 },
        { host: 'web3.example', port: 8021 },
      ])
    }
  })

  test('-ctrlport of a slave of this machine is asked too', async () => {
    const { seeds } = await known(['-json', ring, '-ctrlport', '8031'])
    expect(seeds.at(-1)).toMatchObject({ label: 'localhost:8031', role: 'slave' })
  })

  test('a host, with its port and endpoints', async () => {
    const { seeds } = await known(['-host', 'web1', '-ctlport', '8021', '-ctleps', 'gate:1'])
    expect(seeds).toMatchObject([
      {
        label: 'web1:8021',
        addresses: [
          { host: 'gate', port: 1 },
          { host: 'web1', port: 8021 },
        ],
      },
    ])
    expect((await known(['--host', '[::1]:8021'])).seeds).toMatchObject([{ label: '[::1]:8021', host: '::1' }])
  })

  test('a ring that finds its servers by discovery is asked by a node of this machine', async () => {
    const directory = join(folder, 'node')
    mkdirSync(directory)
    writeFileSync(join(directory, 'control.json'), '{"host":"127.0.0.1","port":8021}')
    const text = (run: string) =>
      `{'GLOBAL': {'GROUP': 'g', 'FILEVERSION': 1, 'DELIVERMODE': 'hash'}, 'RING': {'DISCOVERY': 'ping', 'RUNTIMEDIR': '${run}'}}`
    expect(await known(['--config', text(directory)])).toMatchObject({
      isLocal: true,
      seeds: [{ label: '127.0.0.1:8021' }],
    })
    await expect(
      known(['--config', text(join(folder, 'none'))], { XDG_RUNTIME_DIR: join(folder, 'none') }),
    ).rejects.toMatchObject({ code: 'RING_LINETOOL_NO_NODE' })
    expect(await known(['--runtime-dir', directory])).toMatchObject({ isLocal: true })
    await expect(known(['--runtime-dir', folder])).rejects.toMatchObject({ code: 'RING_LINETOOL_FILE' })
  })

  test('no node here: where it looked, and what to do', async () => {
    await expect(known([], { XDG_RUNTIME_DIR: folder })).rejects.toThrow(/looked in .*ring-node run.*--config FILE/)
  })

  test('a configuration that is wrong is told as such', async () => {
    await expect(known(['--config', "{'GLOBAL': {}}"])).rejects.toMatchObject({ code: 'RING_CONFIG_INVALID' })
  })
})
