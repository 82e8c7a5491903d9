import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { isOpenTo, keylessProblem, readSettings } from './node-settings.ts'
import { dialledAsBefore, targetsUntilRestart, whatChanges } from './reload.ts'

const directory = mkdtempSync(join(tmpdir(), 'ring-reload-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

interface Sections {
  readonly global?: object
  readonly ring?: object
  readonly own?: object
  readonly other?: object
  readonly more?: readonly object[]
  readonly slave?: object
}

function settings({ global, ring, own, other, more = [], slave }: Sections = {}) {
  const configuration = JSON.stringify({
    GLOBAL: { FILEVERSION: 1, GROUP: 'x', DELIVERMODE: 'hash', PORT: 8020, ...global },
    RING: { RUNTIMEDIR: directory, ...ring },
    SVRNODE: [{ NAME: '127.0.0.1', CTLPORT: 8021, ...own }, { NAME: 'b.example', CTLPORT: 8021, ...other }, ...more],
    SLVNODE: [{ NAME: '[.]*', CTLPORT: 8022, ...slave }],
  })
  return readSettings({ configuration, ctlPort: 8021 })
}

async function changes(before: Sections, after: Sections) {
  return whatChanges(await settings(before), await settings(after))
}

describe('whatChanges', () => {
  it('A1: nothing, where nothing changed', async () => {
    expect(await changes({}, {})).toEqual({ applied: [], needRestart: [] })
  })

  it('B6: applies what a server says of itself, and not whether it serves', async () => {
    const after: Sections = { ring: { ZONE: '127.0.0.1=east', WEIGHT: '2', LABELS: ['rack=1'] } }
    const applied = ['[RING] ZONE', '[RING] WEIGHT', '[RING] LABELS']
    expect(await changes({}, after)).toEqual({ applied, needRestart: [] })
    const [before, witnesses] = [{}, { WITNESSES: 'b.example' }].map((ring) => ({
      ring: { QUORUM: 'majority', STATEDIR: directory, ...ring },
    }))
    expect(await changes(before!, witnesses!)).toEqual({ applied: [], needRestart: ['[RING] WITNESSES'] })
  })

  it('A1: applies keys, host lists, servers, their addresses, and the version of the file', async () => {
    const after: Sections = {
      global: { FILEVERSION: 2, DATE: 'Sat, 21 Nov 2026 10:00:00 +0900' },
      ring: { GROUPKEY: 'a key that is long enough' },
      own: { REVERSE_PEERS: ['10.0.0.9'] },
      other: { ENDPOINTS: ['10.0.0.2:9020'], FORWARD_PEERS: ['10.0.0.3'], PORT: 8030 },
      more: [{ NAME: 'c.example', CTLPORT: 8021 }],
      slave: { NAME: 'web[.]example' },
    }
    const { applied, needRestart } = await changes({}, after)
    expect(needRestart).toEqual([])
    expect(applied).toEqual([
      '[GLOBAL] FILEVERSION',
      '[GLOBAL] DATE',
      '[RING] GROUPKEY',
      '[SVRNODE]',
      '[SVRNODE 127.0.0.1:8021] REVERSE_PEERS',
      '[SVRNODE b.example:8021] PORT',
      '[SVRNODE b.example:8021] ENDPOINTS',
      '[SVRNODE b.example:8021] FORWARD_PEERS',
      '[SLVNODE]',
    ])
  })

  it('A1: says by section and key what takes a restart', async () => {
    const after: Sections = {
      global: { REPLICA: 1, DELIVERMODE: 'hash', PORT: 9020 },
      ring: { DETECT: 'fast', HTTPPORT: 9999, BIND: ['0.0.0.0'] },
      own: { ENDPOINTS: ['10.0.0.1'] },
    }
    const { applied, needRestart } = await changes({ other: { PORT: 9020 } }, { ...after, other: { PORT: 9020 } })
    expect(applied).toEqual([])
    expect(needRestart).toEqual([
      '[GLOBAL] REPLICA',
      '[RING] DETECT',
      '[RING] BIND',
      '[RING] HTTPPORT',
      '[SVRNODE 127.0.0.1:8021] PORT',
      '[SVRNODE 127.0.0.1:8021] ENDPOINTS',
    ])
  })

  it('F1: sees new keys in the same key file, which only its owner may read', async () => {
    const path = join(directory, 'ring.key')
    writeFileSync(path, '# the key of all nodes\nthe first key of the ring\n', { mode: 0o600 })
    const before = await settings({ ring: { GROUPKEYFILE: path, GROUPKEY: 'an older key of the ring' } })
    expect(before.keys.map((key) => Buffer.from(key).toString())).toEqual([
      'the first key of the ring',
      'an older key of the ring',
    ])
    writeFileSync(path, 'the second key of the ring\nthe first key of the ring\n')
    const after = await settings({ ring: { GROUPKEYFILE: path, GROUPKEY: 'an older key of the ring' } })
    expect(whatChanges(before, after)).toEqual({ applied: ['[RING] GROUPKEYFILE'], needRestart: [] })
    chmodSync(path, 0o640)
    await expect(settings({ ring: { GROUPKEYFILE: path } })).rejects.toThrow('chmod 600')
    writeFileSync(path, '# nothing\n')
    chmodSync(path, 0o600)
    await expect(settings({ ring: { GROUPKEYFILE: path } })).rejects.toThrow('holds no key')
    writeFileSync(path, 'short\n')
    await expect(settings({ ring: { GROUPKEYFILE: path } })).rejects.toThrow('at least 16 characters')
    await expect(settings({ ring: { GROUPKEYFILE: `${path}.gone` } })).rejects.toThrow('Could not read the key file')
  })

  it('A1, F1: SSL of any server takes a restart, and until then it is dialled as before', async () => {
    const certificate = join(directory, 'any.pem')
    writeFileSync(certificate, '', { mode: 0o600 })
    const on = { SSL: 'on', SERVER_CERT: certificate, SERVER_PRIKEY: certificate }
    const [before, after] = [await settings(), await settings({ other: on, more: [{ NAME: 'c', CTLPORT: 1, ...on }] })]
    expect(whatChanges(before, after).needRestart).toEqual(['[SVRNODE b.example:8021] SSL'])
    const targets = targetsUntilRestart(before.targets, after.targets)
    expect(targets.map(({ tls }) => tls)).toEqual([false, false, true])
    expect(dialledAsBefore(targets, after.targets)).toEqual(['[SVRNODE b.example:8021] SSL'])
    expect(targetsUntilRestart(targets, before.targets).map(({ tls }) => tls)).toEqual([false, false])
  })

  it('F1: certificates count only where the running listener was started to ask for them', async () => {
    const certificate = join(directory, 'any.pem')
    writeFileSync(certificate, '', { mode: 0o600 })
    const tls = { SSL: 'on', SERVER_CERT: certificate, SERVER_PRIKEY: certificate }
    const verify = { ...tls, SSL_VERIFY_PEER: 'on', SLAVE_CERT: certificate, SLAVE_PRIKEY: certificate }
    const mutual = { ...verify, CAPATH: certificate }
    const [plain, noAuthority, proved] = [
      await settings(),
      await settings({ global: verify }),
      await settings({ global: mutual, ring: { AUTH: 'required' } }),
    ]
    expect(isOpenTo(plain.self, proved.self, [])).toBe(true)
    expect(isOpenTo(proved.self, noAuthority.self, [])).toBe(true)
    expect(isOpenTo(proved.self, plain.self, [])).toBe(true)
    expect(isOpenTo(proved.self, proved.self, [])).toBe(false)
    expect(isOpenTo(plain.self, plain.self, [new Uint8Array(16)])).toBe(false)
    expect(keylessProblem(plain, proved)).toContain('AUTH = required')
    expect(keylessProblem(proved, plain)).toContain('AUTH = required')
    expect(keylessProblem(proved, proved)).toBeUndefined()
    expect(keylessProblem(plain, noAuthority)).toBeUndefined()
  })

  it('F1: AUTH = required is met by a key only, or by mutual TLS of every server', async () => {
    await expect(settings({ ring: { AUTH: 'required' } })).rejects.toThrow('AUTH = required')
    const keyed = await settings({ ring: { AUTH: 'required', GROUPKEY: 'a key that is long enough' } })
    expect(keyed.warnings.filter((warning) => !warning.includes('others would dial this node at'))).toEqual([])
  })
})
