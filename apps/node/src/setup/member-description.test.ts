import { describe, expect, it } from 'vitest'
import { NodeSetupError } from '../errors.ts'
import { packageVersion } from '../version.ts'
import { descriptionOf, isWitness } from './member-description.ts'

const server = (host: string, port: number) => ({ name: `${host}:${port}`, host })
const servers = [server('a.example', 1), server('b.example', 1), server('b.example', 2), server('::1', 1)] as const
const [a, b1, b2, v6] = servers
const version = packageVersion()

function said(keys: { readonly zone?: string[]; readonly weight?: string[]; readonly labels?: string[] }, self = a) {
  const { zone = [], weight = [], labels = [] } = keys
  return descriptionOf({ zone, weight, labels }, self, servers)
}

describe('B6: what a server says of itself', () => {
  it('is the version of its package, and what [RING] says', () => {
    expect(said({})).toEqual({ version })
    const keys = { zone: ['east'], weight: ['2.5'], labels: ['rack=12', 'disk = a=b', 'none='] }
    expect(said(keys)).toEqual({
      version,
      zone: 'east',
      weight: 2.5,
      labels: { rack: '12', disk: 'a=b', none: '' },
    })
  })

  it('differs by server where it is given by name, in one file for all', () => {
    const zone = ['east', 'b.example:1=west', 'b.example:2 = north', '::1:1=south']
    expect([a, b1, b2, v6].map((self) => said({ zone }, self).zone)).toEqual(['east', 'west', 'north', 'south'])
    expect(said({ zone: ['A.example=west'] }).zone).toBe('west')
    expect(said({ zone: ['b.example:1=west'] })).toEqual({ version })
  })

  it('takes no name for more than a name', () => {
    const { labels } = said({ labels: ['__proto__=x', 'constructor=y'] })
    expect(Object.entries(labels!)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  it.each([
    [{ zone: ['c.example=west'] }, 'is no server of this configuration'],
    [{ zone: ['b.example=west'] }, 'is the host of several servers'],
    [{ zone: ['east', 'west'] }, 'two values for all nodes'],
    [{ zone: ['a.example:1=east', 'a.example=west'] }, 'two values for a.example:1'],
    [{ zone: ['x'.repeat(65)] }, 'longer than 64'],
    [{ weight: ['0'] }, 'weight'],
    [{ weight: ['much'] }, 'weight'],
    [{ labels: ['rack'] }, 'not of the form'],
    [{ labels: ['=12'] }, 'not of the form'],
    [{ labels: [`${'x'.repeat(65)}=1`] }, 'longer than 64'],
  ])('refuses %j', (keys, text) => {
    expect(() => said(keys)).toThrow(NodeSetupError)
    expect(() => said(keys)).toThrow(text)
  })
})

describe('witnesses', () => {
  const witness = (names: readonly string[], self = a, quorum: 'none' | 'majority' = 'majority') =>
    isWitness({ witnesses: names, quorum }, self, servers)

  it('are named, so that one file is for all', () => {
    expect(witness([])).toBe(false)
    expect([a, b1, b2].map((self) => witness(['a.example', 'b.example:2'], self))).toEqual([true, false, true])
  })

  it.each([
    [['c.example'], 'majority', 'is no server'],
    [['a.example'], 'none', 'QUORUM = none'],
    [servers.map(({ name }) => name), 'majority', 'Every server'],
  ] as const)('refuses %j with QUORUM = %s', (names, quorum, text) => {
    expect(() => witness(names, a, quorum)).toThrow(text)
  })
})
