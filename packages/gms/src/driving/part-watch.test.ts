import { silent } from '@ring/platform'
import { expect, it } from 'vitest'
import { followingPart } from '../core/record/sample-records.ts'
import { StateParts } from '../core/record/state-parts.ts'
import { PartWatch } from './part-watch.ts'

it('S1: a value that this version cannot act on is said once, and once when that is over', () => {
  const count = { ...followingPart<number>('count', () => 0), check: (own: unknown): own is number => own === 0 }
  const said: object[] = []
  const note = (fields: object): void => void said.push(fields)
  const watch = new PartWatch(new StateParts([count]), { ...silent, warn: note, info: note })
  for (const state of [null, { count: 0 }, { count: 'many' }, { count: 'more' }, { count: 0 }, {}]) watch.look(state)
  expect(said).toEqual([
    { event: 'part.invalid', part: 'count' },
    { event: 'part.valid', part: 'count' },
  ])
})
