import { silent } from '@ring/platform'
import { SeededRandom } from '@ring/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { bodyMaxChars, type OperationResult } from '../core/deciding/operation.ts'
import { OperationCalls } from './operation-calls.ts'
import { OperationInvalidError, outcomeOf } from './operation-errors.ts'

let calls: OperationCalls
let ends: OperationResult[]
const done: OperationResult = { kind: 'done', outcome: 5, version: 1 }

beforeEach(() => {
  calls = new OperationCalls(new SeededRandom(1), silent)
  ends = []
})

const begin = (wanted: object, forMs = 100) =>
  calls.begin({ part: 'log', body: 1, ...wanted }, forMs, (end) => void ends.push(end))

const holdsItself: unknown[] = []
holdsItself.push(holdsItself)

describe('operations that a process waits for', () => {
  it('get an id of their own, and are told of their end once', () => {
    const [one, other] = [begin({}), begin({})]
    expect(one.id).not.toBe(other.id)
    calls.end(one.id, done)
    calls.end(one.id, done)
    expect(ends).toEqual([done])
    calls.endAll()
    expect(ends).toEqual([done, { kind: 'timed-out', mayHaveHappened: true }])
  })

  it('may have no body', () => {
    expect(begin({ body: undefined }).body).toBeNull()
  })

  it('of one id are told together', () => {
    for (let at = 0; at < 2; at++) begin({ id: 'same' })
    calls.end('same', done)
    expect(ends).toEqual([done, done])
  })

  it.each([
    ['a body that nobody can carry', { body: new Map([['a', 1]]) }],
    ['a body with a number that is none', { body: [Number.NaN] }],
    ['a body with something that is not there', { body: { left: undefined } }],
    ['a body that holds itself', { body: holdsItself }],
    ['a body of a class', { body: { when: new Date(0) } }],
    ['a body with a function in it', { body: { run: () => 1 } }],
    ['a body that is too long', { body: 'x'.repeat(bodyMaxChars) }],
    ['an id that is none', { id: '' }],
    ['an id that is too long', { id: 'x'.repeat(129) }],
    ['a part that is none', { part: '__proto__' }],
    ['a part that is no text', { part: 7 }],
  ])('are refused before anybody is asked: %s', (_, wanted) => {
    expect(() => begin(wanted)).toThrow(OperationInvalidError)
    calls.endAll()
    expect(ends).toEqual([])
  })

  it('are not waited for without end', () => {
    for (const forMs of [0, -1, Number.NaN, 600_001]) expect(() => begin({}, forMs)).toThrow(OperationInvalidError)
  })

  it('end as an outcome, or as an error that says whether they may have happened', () => {
    expect(outcomeOf('o', done)).toBe(5)
    expect(() => outcomeOf('o', { kind: 'timed-out', mayHaveHappened: true })).toThrow(/may have happened.*same id/)
    expect(() => outcomeOf('o', { kind: 'timed-out', mayHaveHappened: false })).toThrow(/did not happen/)
    expect(() => outcomeOf('o', { kind: 'no-quorum', missing: ['b:1'], mayHaveHappened: false })).toThrow(/b:1/)
    expect(() => outcomeOf('o', { kind: 'refused', why: 'unknown-part' })).toThrow(/no such part/)
    const forgotten = { kind: 'refused', why: 'forgotten', mayHaveHappened: true } as const
    expect(() => outcomeOf('o', forgotten)).toThrow(/refused and may have happened/)
    expect(() => outcomeOf('o', { kind: 'older-coordinator', asked: false })).toThrow(/0\.5\.0/)
    expect(outcomeOf('o', { kind: 'older-coordinator', asked: true })).toBeUndefined()
  })
})
