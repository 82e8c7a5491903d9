import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { addressOf, controlAddressIn, runningNodes } from './running-nodes.ts'

const folder = mkdtempSync(join(tmpdir(), 'ring-running-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('A12: the nodes of this machine', () => {
  test('each runtime directory tells its control port; what is none is passed by', async () => {
    const files = {
      'ring-1': '{"host":"127.0.0.1","port":8021}',
      'ring-2': '{"host":"0.0.0.0","port":8031,"tls":true}',
      'ring-3': '{',
      other: '{"host":"a","port":1}',
    }
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'control.json'), text)
    }
    mkdirSync(join(folder, 'ring-4'))
    expect(await runningNodes(folder)).toEqual([
      { kind: 'address', address: { host: '127.0.0.1', port: 8021 }, speaksTls: false },
      { kind: 'address', address: { host: '127.0.0.1', port: 8031 }, speaksTls: true },
    ])
    expect(await controlAddressIn(join(folder, 'ring-4'))).toMatchObject({ kind: 'none' })
    expect(await runningNodes(join(folder, 'none'))).toEqual([])
  })

  test('any text is an address or none', () => {
    const json = fc.json().map(String)
    fc.assert(
      fc.property(fc.oneof(fc.string(), json), (text) => {
        expect(['address', 'none']).toContain(addressOf(text).kind)
      }),
    )
  })
})
