import { describe, expect, it } from 'vitest'
import { configurationChanges } from './changes.ts'
import { effectiveValues } from './effective.ts'
import { text } from './field.ts'
import { list } from './list-field.ts'
import { durationMs } from './measure-field.ts'
import { parseText } from './parse-text.testdata.ts'
import { sampleIni, sampleJson, sampleYaml } from './sample.testdata.ts'
import { defineSection } from './section.ts'

const ring = defineSection('RING', {
  detect: durationMs({ default: 3000 }),
  keys: list({ default: [], secret: true, live: true }),
  note: text({ optional: true }),
})
const parse = (addition = '') => parseText(sampleIni + addition, 'ini', [ring])

describe('A1: what a reload changes', () => {
  it('A1: names each key, and whether it holds live', () => {
    const before = parse()
    const text = sampleIni
      .replace('REPLICA = 1', 'REPLICA = 2')
      .replace('FILEVERSION = 3', 'FILEVERSION = 4')
      .replace('19030', '19031')
      .replace('CTLPORT = 9022', 'CTLPORT = 9023')
    const after = parseText(`${text}[SVRNODE]\nNAME=new\nPORT=1\n[RING]\nKEYS=secret\nDETECT=1s\n`, 'ini', [ring])
    expect(configurationChanges(before, after, [ring])).toEqual([
      { section: 'GLOBAL', key: 'FILEVERSION', live: true },
      { section: 'GLOBAL', key: 'REPLICA', live: false },
      { section: 'SVRNODE', key: 'NAME', live: true },
      { section: 'SVRNODE', key: 'ENDPOINTS', live: true },
      { section: 'SLVNODE', key: 'CTLPORT', live: true },
      { section: 'RING', key: 'DETECT', live: false },
      { section: 'RING', key: 'KEYS', live: true },
    ])
    expect(configurationChanges(before, parse(), [ring])).toEqual([])
  })
})

describe('A1: the values that hold', () => {
  it('A1: are the same for each form', () => {
    const expected = effectiveValues(parse(), [ring])
    expect(effectiveValues(parseText(sampleYaml, 'yaml', [ring]), [ring])).toEqual(expected)
    expect(effectiveValues(parseText(sampleJson, 'json', [ring]), [ring])).toEqual(expected)
    expect(expected.map(({ section }) => section)).toEqual(['GLOBAL', 'SVRNODE', 'SVRNODE', 'SLVNODE', 'RING'])
    const [global, , server] = expected
    expect(global!.values).toContainEqual({ key: 'MQACK', value: false, shown: 'no' })
    expect(global!.values).toContainEqual({ key: 'MODE', value: undefined, shown: '' })
    expect(global!.values).toContainEqual({
      key: 'DATE',
      value: { epochMs: Date.UTC(2026, 10, 21, 1), zoneMinutes: 540 },
      shown: 'Sat, 21 Nov 2026 10:00:00 +0900',
    })
    expect(server!.values.find(({ key }) => key === 'ENDPOINTS')?.shown).toBe('127.0.0.1:19030, gate')
  })

  it('A1: do not give secrets away', () => {
    const values = effectiveValues(parse('[RING]\nKEYS=hunter2\nNOTE=x\n'), [ring]).at(-1)!.values
    expect(values).toEqual([
      { key: 'DETECT', value: 3000, shown: '3000ms' },
      { key: 'KEYS', value: '***', shown: '***' },
      { key: 'NOTE', value: 'x', shown: 'x' },
    ])
  })
})
