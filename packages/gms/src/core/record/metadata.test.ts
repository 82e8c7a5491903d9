import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeApplicant } from '../../control/gms-message-schema.ts'
import { type MemberMetadata, metadataFault } from './metadata.ts'
import { life } from './sample-records.ts'

const text = (length: number) => 'x'.repeat(length)
const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`l${at}`, 'v']))

/** What is just small enough, and what is just too large, and the word that the fault has to name. */
const bounds: readonly (readonly [string, MemberMetadata, MemberMetadata])[] = [
  ['zone', { zone: text(64) }, { zone: text(65) }],
  ['version', { version: text(64) }, { version: text(65) }],
  ['weight', { weight: 1_000 }, { weight: 1_000.5 }],
  ['weight', { weight: Number.MIN_VALUE }, { weight: 0 }],
  ['weight', { weight: 1 }, { weight: -1 }],
  ['weight', { weight: 1 }, { weight: Number.NaN }],
  ['addresses', { addresses: Array(8).fill('h:1') }, { addresses: Array(9).fill('h:1') }],
  ['address', { addresses: [text(300)] }, { addresses: [text(301)] }],
  ['labels', { labels: labels(16) }, { labels: labels(17) }],
  ['label', { labels: { [text(64)]: '' } }, { labels: { [text(65)]: '' } }],
  ['label', { labels: { l: text(64) } }, { labels: { l: text(65) } }],
]

const wild: fc.Arbitrary<MemberMetadata> = fc.record(
  {
    zone: fc.string({ maxLength: 80 }),
    weight: fc.double({ min: -2, max: 1_100 }),
    version: fc.string({ maxLength: 80 }),
    addresses: fc.array(fc.string({ maxLength: 320 }), { maxLength: 10 }),
    labels: fc.dictionary(fc.string({ maxLength: 70 }), fc.string({ maxLength: 70 }), { maxKeys: 20 }),
  },
  { requiredKeys: [] },
)

describe('metadataFault', () => {
  it('refuses what is of another type, since no other member would understand it', () => {
    const wrong = [
      ...[null, [], 'x'],
      ...[
        { zone: 5 },
        { zone: null },
        { version: {} },
        { weight: '3' },
        { addresses: 'h:1' },
        { addresses: [undefined] },
      ],
      ...[{ labels: { cpus: 8 } }, { labels: ['x'] }, { labels: { l: undefined } }, { labels: { l: null } }],
    ]
    for (const metadata of wrong)
      expect(metadataFault(metadata as unknown as MemberMetadata), JSON.stringify(metadata)).toBeDefined()
  })

  it('takes nothing at all, and everything that it knows', () => {
    expect(metadataFault({})).toBeUndefined()
    const all = { zone: 'east', weight: 2.5, version: '1.2', addresses: ['h:1'], labels: { rack: 'r1' } }
    expect(metadataFault(all)).toBeUndefined()
  })

  it.each(bounds)('%s has its bound', (word, small, large) => {
    expect(metadataFault(small)).toBeUndefined()
    expect(metadataFault(large)).toContain(word)
  })

  it('never puts a long text into its words', () => {
    expect(metadataFault({ labels: { [text(100_000)]: 'v' } })!.length).toBeLessThan(200)
  })

  it('has the bounds of what comes over the wire', () => {
    fc.assert(
      fc.property(wild, (metadata) => {
        // A prototype key is never a label: it is dropped on the wire, and no fault here.
        fc.pre(!Object.keys(metadata.labels ?? {}).includes('__proto__'))
        const decoded = decodeApplicant({ ...life('a:1'), metadata })
        expect(decoded !== undefined).toBe(metadataFault(metadata) === undefined)
      }),
      { numRuns: 1_000 },
    )
    for (const [, small, large] of bounds) {
      expect(decodeApplicant({ ...life('a:1'), metadata: small })).toBeDefined()
      expect(decodeApplicant({ ...life('a:1'), metadata: large })).toBeUndefined()
    }
  })
})
