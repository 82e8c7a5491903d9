import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ConfigurationContent, loadConfiguration, sourceFromContent } from './index.ts'

const content = {
  GLOBAL: { GROUP: 'shop', FILEVERSION: 1, DELIVERMODE: 'hash', PORT: 9020, CTLPORT: 9021 },
  SVRNODE: [{ NAME: 'localhost', SSL: false, CUK: undefined }],
  SLVNODE: [{ NAME: '[.]*' }],
} as const satisfies ConfigurationContent

describe('U3: a configuration as an object', () => {
  it('U3: is what its JSON text is', async () => {
    const { global, servers, slaves } = await loadConfiguration(sourceFromContent(content))
    const text = await loadConfiguration({ kind: 'json', text: JSON.stringify(content) })
    expect({ global, servers, slaves }).toStrictEqual({
      global: text.global,
      servers: text.servers,
      slaves: text.slaves,
    })
    expect(servers[0]).toMatchObject({ port: 9020, cuk: undefined })
  })

  it('U3: any text that a key may hold arrives as it is', async () => {
    const texts = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 60 })
      .filter((one) => one.trim() === one && !/\p{Cc}/u.test(one))
    await fc.assert(
      fc.asyncProperty(texts, async (GROUP) => {
        const said = { ...content, GLOBAL: { ...content.GLOBAL, GROUP } }
        expect((await loadConfiguration(sourceFromContent(said))).global.group).toBe(GROUP)
      }),
      { numRuns: 200 },
    )
  })

  it.each([
    ['a function', () => 1],
    ['NaN', Number.NaN],
    ['null', null],
    ['a big integer', 5n],
    ['a date', new Date(0)],
    ['a map', new Map([['a', 1]])],
  ])('U3: says where it holds %s, which JSON would lose, and not what', (_, value) => {
    const wrong = { ...content, RING: { GROUPKEY: ['hunter2hunter2x', value] } } as unknown as ConfigurationContent
    expect(() => sourceFromContent(wrong)).toThrow(/configuration object: \[RING\] GROUPKEY\.1: must be a text/)
    expect(() => sourceFromContent(wrong)).not.toThrow(/hunter2/)
  })

  it('U3: ends with one that holds itself', () => {
    const round: Record<string, unknown> = {}
    round['RING'] = round
    expect(() => sourceFromContent(round as never)).toThrow(/nest/)
  })
})
