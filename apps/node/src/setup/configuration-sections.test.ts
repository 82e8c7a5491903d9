import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allSections, defineSection, durationMs, integer, list, text } from '@ring/config'
import { afterAll, describe, expect, it } from 'vitest'
import { checkConfiguration } from '../cli/config/config-check.ts'
import { convertCommand } from '../cli/config/config-convert.ts'
import { showConfiguration } from '../cli/config/config-show.ts'
import { nodeSections } from './configuration-sections.ts'
import { readSettings } from './node-settings.ts'
import { whatChanges } from './reload.ts'

const directory = mkdtempSync(join(tmpdir(), 'ring-sections-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** As a part of a node would bring them. */
const contextSection = defineSection('SHAREDCONTEXT', {
  boxes: integer({ min: 1, max: 64, doc: 'how many' }),
  lease: durationMs({ default: 1500, min: 100, live: true, doc: 'how long' }),
})
const queueSection = defineSection(
  'QUEUE',
  { name: text({ doc: 'which' }), levels: list({ default: [], live: true, doc: 'of load' }) },
  { repeats: true },
)
const sections = [...nodeSections, contextSection, queueSection]

const ini = (own: string) => `[GLOBAL]
FILEVERSION = 1
GROUP = x
DELIVERMODE = hash
PORT = 8020
[RING]
RUNTIMEDIR = ${directory}
[SVRNODE]
NAME = 127.0.0.1
CTLPORT = 8021
[SLVNODE]
NAME = [.]*
${own}`
const own = '[SHAREDCONTEXT]\nBOXES = 3\nLEASE = 2s\n[QUEUE]\nNAME = a\nLEVELS = 1, 2\n[QUEUE]\nNAME = b\n'

function file(name: string, content: string): { readonly kind: 'file'; readonly path: string } {
  const path = join(directory, name)
  writeFileSync(path, content)
  return { kind: 'file', path }
}

const settings = (content: string) =>
  readSettings({ configuration: file('ring.ini', content), ctlPort: 8021 }, sections)

describe('a section that a part brings', () => {
  it.each(['ini', 'yaml', 'json'] as const)('A1: is read from %s, typed and with its defaults', async (to) => {
    const source = file('from.ini', ini(own))
    const { out, exitCode } = await convertCommand(source, { to }, sections)
    expect(exitCode).toBe(0)
    const { configuration } = await readSettings({ configuration: file(`read.${to}`, out), ctlPort: 8021 }, sections)
    expect(configuration.section(contextSection)).toEqual({ boxes: 3, lease: 2000 })
    expect(configuration.section(queueSection)).toEqual([
      { name: 'a', levels: ['1', '2'] },
      { name: 'b', levels: [] },
    ])
    expect(configuration.warnings).toEqual([])
  })

  it('A1: is checked: every mistake with its file, line and key', async () => {
    const source = file('wrong.ini', ini('[SHAREDCONTEXT]\nBOXES = 65\nLEASE = soon\nLEAS = 1\n[QUEUE]\n'))
    const { out, exitCode } = await checkConfiguration(source, {}, sections)
    expect(exitCode).toBe(78)
    const said = out.replaceAll(directory, '').split('\n')
    expect(said.filter((line) => /SHAREDCONTEXT|QUEUE/.test(line))).toEqual([
      '/wrong.ini:14: [SHAREDCONTEXT] BOXES = 65: must be a whole number, 1 to 64',
      '/wrong.ini:15: [SHAREDCONTEXT] LEASE = soon: must be a time such as 1500ms, 2s or 5m, at least 100 ms',
      '/wrong.ini:16: [SHAREDCONTEXT] LEAS: is not a key of this section and is ignored; did you mean LEASE? (warning)',
      '/wrong.ini:17: [QUEUE] NAME: is required',
    ])
  })

  it('A1: is shown, as text and as JSON', async () => {
    const source = file('shown.ini', ini(own))
    const { out } = await showConfiguration(source, { ctlport: 8021 }, sections)
    expect(out).toMatch(/\[SHAREDCONTEXT\]\nBOXES += 3\nLEASE += 2000ms\n\n\[QUEUE\]\nNAME += a\n/)
    const json = await showConfiguration(source, { ctlport: 8021, json: true }, sections)
    expect(JSON.parse(json.out)).toMatchObject({
      SVRNODE: [{ CTLPORT: 8021 }],
      SHAREDCONTEXT: { BOXES: 3, LEASE: 2000 },
      QUEUE: [{ NAME: 'a' }, { NAME: 'b' }],
    })
  })

  it('A1: is reloaded: a running node says what it takes over of it, and what needs a restart', async () => {
    const after = own.replace('BOXES = 3', 'BOXES = 4').replace('2s', '3s').replace('1, 2', '1')
    expect(whatChanges(await settings(ini(own)), await settings(ini(after)))).toEqual({
      applied: ['[SHAREDCONTEXT] LEASE', '[QUEUE] LEVELS'],
      needRestart: ['[SHAREDCONTEXT] BOXES'],
    })
    const one = own.slice(0, own.lastIndexOf('[QUEUE]'))
    expect(whatChanges(await settings(ini(own)), await settings(ini(one)))).toEqual({
      applied: ['[QUEUE] LEVELS'],
      needRestart: ['[QUEUE] NAME'],
    })
    expect(whatChanges(await settings(ini(own)), await settings(ini(own)))).toEqual({ applied: [], needRestart: [] })
  })

  it('A1: is one of its name', () => {
    expect(() => allSections([...sections, defineSection('RING', {})])).toThrow(/two sections are called \[RING\]/)
    expect(() => allSections([defineSection('GLOBAL', {})])).toThrow(/two sections are called \[GLOBAL\]/)
  })
})
