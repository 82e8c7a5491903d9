import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { member } from '../record/sample-records.ts'
import type { View } from '../record/view.ts'
import { memberOperation, memberOutcome } from './member-operations.ts'

const viewOf = (names: readonly string[], barred: readonly string[] = []): View => ({
  members: names.map((name) => member(name)),
  barred: barred as View['barred'],
})

describe('operations on the view', () => {
  it('M8: are answered by what both views tell', () => {
    const both = viewOf(['a:1', 'b:1'])
    const expel = { do: 'expel', name: 'b:1' }
    expect(memberOutcome(expel, both, viewOf(['a:1'], ['b:1']))).toEqual({ expelled: true, barred: true })
    expect(memberOutcome(expel, both, both)).toEqual({ expelled: false, barred: false })
    expect(memberOutcome({ ...expel, incarnation: 7 }, both, viewOf(['a:1']))).toEqual({
      expelled: false,
      barred: false,
    })
    const admit = { do: 'admit', name: 'b:1' }
    expect(memberOutcome(admit, viewOf(['a:1'], ['b:1']), viewOf(['a:1']))).toEqual({ admitted: true })
    expect(memberOutcome(admit, both, both)).toEqual({ admitted: false })
  })

  it.each([
    undefined,
    null,
    7,
    {},
    { do: 'expel' },
    { do: 'bless', name: 'a:1' },
    { do: 'expel', name: '' },
    { do: 'expel', name: 'x'.repeat(256) },
    { do: 'expel', name: 'a:1', incarnation: 'first' },
    { do: 'expel', name: 'a:1', bar: { kind: 'for' } },
    { do: 'expel', name: 'a:1', bar: { kind: 'for', ms: -1 } },
    { do: 'expel', name: 'a:1', bar: { kind: 'for ever' } },
  ])('S3: what does not fit is an outcome: %j', (body) => {
    expect(memberOperation(body)).toBeUndefined()
    expect(memberOutcome(body, viewOf([]), viewOf([]))).toEqual({ invalid: true })
  })

  it('S3: never throw, whatever somebody asks', () => {
    const view = viewOf(['a:1'])
    const body = fc.oneof(fc.jsonValue(), fc.record({ do: fc.jsonValue(), name: fc.jsonValue(), bar: fc.jsonValue() }))
    fc.assert(fc.property(body, (asked) => void memberOutcome(asked, view, view)))
  })
})
