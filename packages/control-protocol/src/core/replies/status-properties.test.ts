import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryDump } from '../status/arbitrary-dump.testdata.ts'
import { allStatusOf, allStatusText, readAllStatus } from './all-status.ts'
import { readDump } from './dump-reading.ts'
import { dumpText } from './dump-text.ts'
import { ReplyFormatError } from './reply-format-error.ts'
import { readSelfStatus, selfStatusOf, selfStatusText } from './self-status.ts'

describe('A6: the text forms can be read again', () => {
  it('DUMP', () => {
    fc.assert(
      fc.property(arbitraryDump, (dump) => {
        expect(readDump(dumpText(dump))).toEqual(dump)
      }),
    )
  })

  it('SELFSTATUS', () => {
    fc.assert(
      fc.property(arbitraryDump, (dump) => {
        const status = selfStatusOf(dump)
        expect(readSelfStatus(selfStatusText(status))).toEqual(status)
      }),
    )
  })

  it('ALLSTATUS', () => {
    fc.assert(
      fc.property(arbitraryDump, (dump) => {
        const status = allStatusOf(dump)
        expect(readAllStatus(allStatusText(status))).toEqual(status)
      }),
    )
  })

  it('whatever comes instead, nothing but a ReplyFormatError is thrown', () => {
    const mutated = fc
      .tuple(arbitraryDump, fc.nat(20_000), fc.nat(500), fc.string())
      .map(([dump, from, length, by]) => {
        const text = `${dumpText(dump)}${selfStatusText(selfStatusOf(dump))}${allStatusText(allStatusOf(dump))}`
        return text.slice(0, from) + by + text.slice(from + length)
      })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string(), fc.stringMatching(/^[[{}\]=\n 0a-]*$/)), (text) => {
        for (const read of [readDump, readSelfStatus, readAllStatus]) {
          try {
            read(text)
          } catch (error) {
            expect(error).toBeInstanceOf(ReplyFormatError)
          }
        }
      }),
    )
  })

  it('a name with line ends and controls stays one line, and cannot pass for another', () => {
    fc.assert(
      fc.property(arbitraryDump, (dump) => {
        const evil = {
          ...dump.self,
          name: 'a\n}\nstatus = SAFE\u001b[2J\r',
          cuk: 'x\u2028y\0',
          customSeed: '\u202egnp',
        }
        const text = dumpText({ ...dump, self: evil, servers: [evil] })
        for (const harmful of ['\0', '\r', '\u001b', '\u2028', '\u202e']) expect(text).not.toContain(harmful)
        const { self, servers } = readDump(text)
        expect([self.name, servers[0]?.name]).toEqual(['a?}?status = SAFE?[2J?', 'a?}?status = SAFE?[2J?'])
        expect(servers[0]?.state).toEqual(dump.self.state)
      }),
    )
  })
})
