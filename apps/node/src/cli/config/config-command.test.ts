import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfiguration, sourceFromArgument } from '@ring/config'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ringSection } from '../../setup/ring-section.ts'
import { commandLine } from '../program.ts'
import { checkConfiguration } from './config-check.ts'
import { convertCommand } from './config-convert.ts'
import { showConfiguration } from './config-show.ts'
import { sourceOf } from './config-source.ts'

const testdata = new URL('../../../../../packages/config/src/testdata/', import.meta.url)
const sample = (name: string) => new URL(name, testdata).pathname

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ring-config-cli-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, content: string) {
  const path = join(folder, name)
  await writeFile(path, content)
  return { kind: 'file', path } as const
}

const fiveMistakes = `[GLOBAL]
GROUP = G
FILEVERSION = one
DELIVERMODE = sometimes
REPLICA = -1
CTLPORT = 9021
PROT = 1
[SVRNODE]
NAME = a
PORT = 70000
[RING]
QUORUM = half
GROUPKEY = hunter2hunter2hunter2
`

describe('A1: ring-node config check', () => {
  it('A1: a file with five mistakes gives five errors with their lines, and a warning', async () => {
    const source = await file('five.ini', fiveMistakes)
    const { out, err, exitCode } = await checkConfiguration(source, {})
    expect(exitCode).toBe(78)
    expect(err).toBe('')
    expect(out.replaceAll(source.path, 'five.ini').split('\n')).toEqual([
      'five.ini:3: [GLOBAL] FILEVERSION = one: must be a whole number, at least 0',
      'five.ini:4: [GLOBAL] DELIVERMODE = sometimes: must be one of random, hash',
      'five.ini:5: [GLOBAL] REPLICA = -1: must be a whole number, 0 to 32768',
      'five.ini:7: [GLOBAL] PROT: is not a key of this section and is ignored; did you mean PORT? (warning)',
      'five.ini:10: [SVRNODE] PORT = 70000: must be a port, 1 to 65535',
      'five.ini:12: [RING] QUORUM = half: must be one of none, majority',
      'five.ini: [SLVNODE]: is not given, so no slave can connect (warning)',
      'five.ini: not valid, 5 errors, 2 warnings',
      '',
    ])
    const json = JSON.parse((await checkConfiguration(source, { json: true })).out) as Record<string, unknown>
    expect(json).toMatchObject({ valid: false, errors: 5, warnings: 2 })
    expect(JSON.stringify(json)).not.toContain('hunter2')
  })

  it('A1: a valid file ends with 0, and a node that is asked for must be in it', async () => {
    const source = { kind: 'file', path: sample('sample-server.ini') } as const
    expect(await checkConfiguration(source, {})).toEqual({ out: `${source.path}: valid\n`, err: '', exitCode: 0 })
    expect((await checkConfiguration(source, { ctlport: 9031 })).exitCode).toBe(0)
    const other = await checkConfiguration(source, { ctlport: 5 })
    expect(other.exitCode).toBe(78)
    expect(other.out).toMatch(/MODE is server, but no \[SVRNODE\] is this node \(CTLPORT 5/)
  })
})

describe('A1: ring-node config check finds what keeps a node from starting', () => {
  const ringOf = (ring: Record<string, unknown>) =>
    JSON.stringify({
      GLOBAL: { GROUP: 'G', FILEVERSION: 1, DELIVERMODE: 'hash', PORT: 1, CTLPORT: 2 },
      SVRNODE: [{ NAME: 'a' }, { NAME: 'b' }],
      SLVNODE: { NAME: '.*' },
      RING: ring,
    })

  it('A1: a key file that others may read, or that is not there', async () => {
    const { path } = await file('open.key', `${'k'.repeat(32)}\n`)
    await chmod(path, 0o644)
    const check = (keyFile: string) => checkConfiguration(sourceFromArgument(ringOf({ GROUPKEYFILE: keyFile })), {})
    expect(await check(path)).toMatchObject({ exitCode: 78, out: expect.stringContaining('Others may read') as string })
    expect(await check(`${path}.none`)).toMatchObject({ exitCode: 78 })
    await chmod(path, 0o600)
    expect(await check(path)).toMatchObject({ exitCode: 0 })
  })

  it.each([
    [{ QUORUM: 'majority' }, 'QUORUM = majority needs a STATEDIR'],
    [{ AUTH: 'required' }, 'AUTH = required, but there is no group key'],
    [{ WITNESSES: 'a', QUORUM: 'none' }, 'A witness only votes'],
    [{ ZONE: 'c=z' }, 'c'],
  ])('A1: %j is told once, whichever server it is for', async (ring, message) => {
    const { out, exitCode } = await checkConfiguration(sourceFromArgument(ringOf(ring)), {})
    expect(exitCode).toBe(78)
    expect(out).toMatch(new RegExp(`^JSON string: [^\n]*${message}`, 'm'))
    expect(out).toContain('not valid, 1 error, 0 warnings')
  })
})

describe('A1: every key of [RING] with a value of a wrong type', () => {
  const base = {
    GLOBAL: { GROUP: 'G', FILEVERSION: 1, DELIVERMODE: 'hash', PORT: 1, CTLPORT: 2 },
    SVRNODE: { NAME: 'a' },
  }

  it.each(Object.entries(ringSection.fields).map(([name, field]) => field.key ?? name.toUpperCase()))(
    'A1: [RING] %s',
    async (key) => {
      for (const value of [{ a: 'map' }, [['nested']], 'hunter2\u0007']) {
        const text = JSON.stringify({ ...base, RING: { [key]: value } })
        const { out, exitCode } = await checkConfiguration(sourceFromArgument(text), {})
        expect(exitCode).toBe(78)
        expect(out).toMatch(new RegExp(`^JSON string:1:\\d+: \\[RING\\] ${key}[^\n]*: must `, 'm'))
        if (key === 'GROUPKEY') expect(out).not.toContain('hunter2')
      }
    },
  )
})

describe('A1: ring-node config show', () => {
  it('A1: prints the same for the four forms of one configuration', async () => {
    const source = { kind: 'file', path: sample('sample-server.ini') } as const
    const expected = await showConfiguration(source, {})
    expect(expected.exitCode).toBe(0)
    expect(expected.out).toContain('This node: server localhost:9021\n')
    expect(expected.out).toContain('\nMQACK            = no\n')
    const yaml = (await convertCommand(source, { to: 'yaml' })).out
    const json = (await convertCommand(source, { to: 'json' })).out
    const others = [await file('a.yaml', yaml), await file('a.json', json), sourceFromArgument(json)]
    for (const one of others) expect(await showConfiguration(one, {})).toEqual(expected)
    const asJson = JSON.parse((await showConfiguration(source, { json: true })).out) as Record<string, unknown>
    expect(asJson).toMatchObject({
      node: { role: 'server', name: 'localhost:9021' },
      GLOBAL: { REPLICA: 1, MQACK: false, SELFCUK: null },
      SVRNODE: [{ PORT: 9020 }, { PORT: 9030 }],
    })
  })

  it("A1: --chmpx prints the text of CHMPX's chmpxconftest, as it was captured", async () => {
    const source = { kind: 'file', path: sample('sample-server.ini') } as const
    const { out } = await showConfiguration(source, { chmpx: true, ownAddress: '192.0.2.2' })
    expect(out).toBe(await readFile(sample('sample-server.chmpxconftest.txt'), 'utf8'))
  })

  it('A1: masks secrets, and tells what is wrong on standard error', async () => {
    const text =
      '{GLOBAL: {GROUP: G, FILEVERSION: 1, DELIVERMODE: hash, PORT: 1, CTLPORT: 2}, SVRNODE: {NAME: far.example},'
    const shown = await showConfiguration(sourceFromArgument(`${text} RING: {GROUPKEY: hunter2hunter2x}}`), {})
    expect(shown.out).toContain('GROUPKEY         = ***\n')
    expect(shown.out).toContain('This node: not to be told here, because no [SVRNODE] and no [SLVNODE] is this node')
    expect(shown.out + shown.err).not.toContain('hunter2')
    const wrong = await showConfiguration(sourceFromArgument(`${text.replace('hash', 'both')}}`), {})
    expect(wrong).toMatchObject({ out: '', exitCode: 78 })
    expect(wrong.err).toContain('DELIVERMODE = both: must be one of random, hash\n')
  })
})

describe('A1: ring-node config convert', () => {
  const secret =
    '[GLOBAL]\nGROUP=G\nFILEVERSION=1\nDELIVERMODE=hash\nPORT=1\nCTLPORT=2\n[SVRNODE]\nNAME=a\n[RING]\nGROUPKEY=hunter2hunter2x\nSTATEDIR=state\n'

  it('A1: writes secrets to a new file of mode 0600 only, or when told to', async () => {
    const source = await file('secret.ini', secret)
    const refused = await convertCommand(source, { to: 'yaml' })
    expect(refused).toMatchObject({ out: '', exitCode: 2 })
    expect(refused.err).toContain('--with-secrets')
    expect((await convertCommand(source, { to: 'yaml', withSecrets: true })).out).toContain('GROUPKEY: hunter2hunter2x')
    const output = join(folder, 'sub.yaml')
    expect(await convertCommand(source, { to: 'yaml', output })).toEqual({ out: '', err: '', exitCode: 0 })
    expect((await stat(output)).mode & 0o777).toBe(0o600)
    const again = await convertCommand(source, { to: 'yaml', output })
    expect(again).toMatchObject({ exitCode: 1 })
    expect(again.err).toContain('exists already')
    const configurations = await Promise.all(
      [source.path, output].map((path) => loadConfiguration({ kind: 'file', path }, { sections: [ringSection] })),
    )
    const [one, other] = configurations.map((configuration) => configuration.section(ringSection))
    expect(other).toEqual(one)
  })

  it('A1: relative paths count from the new file', async () => {
    const source = await file('paths.ini', secret)
    const output = join(tmpdir(), `ring-convert-${process.pid}.ini`)
    await convertCommand(source, { to: 'ini', output })
    const text = await readFile(output, 'utf8')
    await rm(output)
    expect(text).toContain(`STATEDIR = ${folder.slice(tmpdir().length + 1)}/state\n`)
  })
})

describe('A1: where a command takes its configuration from', () => {
  const environment = { RING_CONF: '', RING_JSON: '{r: 1}', CHMCONFFILE: 'c.ini', CHMJSONCONF: '{c: 1}' }

  it('A1: the argument, --config, then RING_CONF, RING_JSON, CHMCONFFILE, CHMJSONCONF', () => {
    expect(sourceOf('a.ini', {}, environment)).toEqual({ kind: 'file', path: 'a.ini' })
    expect(sourceOf(undefined, { config: '{a: 1}' }, environment)).toEqual({ kind: 'json', text: '{a: 1}' })
    expect(sourceOf(undefined, {}, environment)).toEqual({ kind: 'json', text: '{r: 1}' })
    expect(sourceOf(undefined, {}, { ...environment, RING_CONF: 'r.ini' })).toEqual({ kind: 'file', path: 'r.ini' })
    expect(sourceOf(undefined, {}, { ...environment, RING_JSON: ' ' })).toEqual({ kind: 'file', path: 'c.ini' })
    expect(sourceOf(undefined, {}, { CHMJSONCONF: '{c: 1}' })).toEqual({ kind: 'json', text: '{c: 1}' })
    expect(sourceOf(undefined, {}, {})).toMatchObject({ kind: 'none' })
    expect(sourceOf('a.ini', { config: 'b.ini' }, {})).toMatchObject({ kind: 'none' })
  })

  it('A1: the command line knows them', () => {
    const config = commandLine(() => Promise.resolve()).commands.find((one) => one.name() === 'config')
    expect(config?.commands.map((one) => one.name())).toEqual(['check', 'show', 'convert'])
  })
})
