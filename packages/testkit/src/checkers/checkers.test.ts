import { describe, expect, it } from 'vitest'
import {
  ActingMembers,
  Completion,
  InvariantViolation,
  LeaseTerms,
  MemoryBaseline,
  type ObservedView,
  PrimaryUniqueness,
  ViewAgreement,
} from '../index.ts'

const view = (version: number, members: string, lineage = 'x'): ObservedView => ({
  lineage,
  version,
  members: members.split(' '),
  coordinator: members.split(' ')[0]!,
})

describe('ViewAgreement', () => {
  const after = (...views: readonly (readonly [string, ObservedView])[]) => {
    return () => {
      const agreement = new ViewAgreement()
      for (const [observer, one] of views) agreement.observe(observer, one)
      return agreement.count
    }
  }

  it('F2: takes what agrees, other lineages and new lives included', () => {
    expect(
      after(
        ['a#1', view(1, 'a')],
        ['a#1', view(2, 'a b')],
        ['b#1', view(2, 'a b')],
        ['a#1', view(2, 'a b')],
        ['b#1', view(1, 'b', 'y')],
        ['a#2', view(1, 'a')],
      )(),
    ).toBe(3)
  })

  it('F2: catches other members, another order, another coordinator, a step back, a coordinator from outside', () => {
    expect(after(['a', view(2, 'a b')], ['b', view(2, 'a b c')])).toThrow('two views x/2')
    expect(after(['a', view(2, 'a b c')], ['b', view(2, 'a c b')])).toThrow('two views x/2')
    expect(after(['a', view(2, 'a b')], ['b', { ...view(2, 'a b'), coordinator: 'b' }])).toThrow('under a at a')
    expect(after(['a', view(2, 'a b')], ['a', view(1, 'a')])).toThrow('version 1 of x after version 2')
    expect(after(['a', { ...view(2, 'a b'), coordinator: 'c' }])).toThrow('is no member of it')
    expect(after(['a', view(2, 'a b a')])).toThrow('member twice')
    expect(after(['a', view(2, 'a b a')])).toThrow(InvariantViolation)
  })
})

describe('PrimaryUniqueness', () => {
  const one = { lineage: 'x', version: 1 }
  const two = { lineage: 'x', version: 2 }

  it('F2: takes one view at a time, however many say it', () => {
    const primary = new PrimaryUniqueness()
    primary.observe(1, 'a', one)
    primary.observe(2, 'b', one)
    primary.observe(3, 'a', undefined)
    primary.observe(4, 'b', undefined)
    primary.observe(4, 'b', { lineage: 'y', version: 9 })
    primary.check(100)
  })

  it('F2: catches two lineages, and two versions, at one time', () => {
    for (const other of [two, { lineage: 'y', version: 1 }]) {
      const primary = new PrimaryUniqueness()
      primary.observe(1, 'a', one)
      expect(() => {
        primary.observe(2, 'b', other)
      }).toThrow(/x\/1 at a and .* at b are primary at one time/)
    }
  })

  it('F2: bears a hand-over to the next version as long as it is told, and no other', () => {
    const primary = new PrimaryUniqueness({ handOverMs: 50 })
    primary.observe(1, 'a', one)
    primary.observe(1, 'b', one)
    primary.observe(10, 'a', two)
    primary.observe(40, 'b', two)
    primary.observe(100, 'b', { lineage: 'x', version: 3 })
    primary.check(150)
    expect(() => {
      primary.check(151)
    }).toThrow('since 100.000 ms')
    expect(() => {
      const strict = new PrimaryUniqueness({ handOverMs: 50 })
      strict.observe(1, 'a', one)
      strict.observe(1, 'b', { lineage: 'x', version: 3 })
    }).toThrow('one primary')
  })
})

describe('LeaseTerms', () => {
  const lease = { voters: ['a', 'b', 'c'], quorum: 2 }

  it('F2: takes a lease that a quorum keeps to until it is dropped, in whatever order a moment tells', () => {
    const terms = new LeaseTerms()
    terms.granted(1, 'a', 'h')
    terms.holds(2, 'h', lease)
    terms.granted(2, 'b', 'h')
    terms.granted(3, 'c', 'h')
    terms.released(4, 'a', 'h')
    terms.released(5, 'b', 'h')
    terms.drops(5, 'h')
    terms.check(100)
  })

  it('F2: catches a holder that outlives its voters, and grants to somebody else or from outside', () => {
    const terms = new LeaseTerms()
    terms.granted(1, 'a', 'h')
    terms.granted(1, 'b', 'h')
    terms.holds(1, 'h', lease)
    terms.released(9, 'b', 'h')
    expect(() => {
      terms.drops(9.5, 'h')
    }).toThrow('h holds a lease after 9.000 ms, when only 1 of a, b, c kept to it: it takes 2')
    const others = new LeaseTerms()
    others.granted(1, 'a', 'h')
    others.granted(1, 'b', 'other')
    others.granted(1, 'd', 'h')
    others.holds(1, 'h', lease)
    expect(() => {
      others.check(2)
    }).toThrow('lease terms')
  })
})

describe('ActingMembers', () => {
  it('F2: catches who acts outside a primary view, unless nobody asked it not to', () => {
    const acting = new ActingMembers()
    acting.stands('a', { isPrimary: true, needsPrimary: true })
    acting.acts(1, 'a', 'write')
    acting.stands('a', { isPrimary: false, needsPrimary: false })
    acting.acts(2, 'a', 'write')
    acting.stands('a', { isPrimary: false, needsPrimary: true })
    expect(() => {
      acting.acts(3, 'a', 'write')
    }).toThrow('a does "write" outside a primary view')
    acting.ended('a')
    expect(() => {
      acting.acts(4, 'a', 'write')
    }).toThrow('in no view')
  })
})

describe('Completion', () => {
  it('F2: catches what does not end, and what ends too late; counts from the end of the trouble', () => {
    const completion = new Completion({ withinMs: 100, fromMs: 1_000 })
    completion.began(10, 'join of a')
    completion.began(1_200, 'leave of b')
    completion.began(1_200, 'join of c')
    completion.abandoned('join of c')
    completion.ended(1_100, 'join of a')
    completion.check(1_300)
    expect([completion.count, completion.open]).toEqual([1, ['leave of b']])
    expect(() => {
      completion.check(1_301)
    }).toThrow('"leave of b", begun at 1200.000 ms, has taken 101 ms')
    expect(() => {
      completion.ended(1_400, 'leave of b')
    }).toThrow(InvariantViolation)
    expect(() => {
      completion.ended(1_400, 'join of a')
    }).toThrow('not under way')
  })
})

describe('MemoryBaseline', () => {
  it('F2: catches what grew, and what was not there before', () => {
    const memory = new MemoryBaseline()
    memory.take('a', { timers: 3, links: 2 })
    memory.take('a', { timers: 2, links: 4 })
    memory.check('a', { timers: 3, links: 4 })
    expect(memory.excess('a', { timers: 4, links: 1, tables: 1 })).toEqual(['timers 4 (3)', 'tables 1 (0)'])
    expect(() => {
      memory.check('a', { timers: 4 })
    }).toThrow('a holds more than at rest: timers 4 (3)')
    expect(() => {
      memory.check('b', {})
    }).toThrow('take one')
    const loose = new MemoryBaseline({ slack: 1 })
    loose.take('a', { timers: 3 })
    loose.check('a', { timers: 4 })
  })
})
