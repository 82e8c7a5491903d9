import { nodeName } from '@ring/platform'
import { beforeEach, describe, expect, it } from 'vitest'
import type { GmsContext } from '../context.ts'
import { followingPart, member, recordOf } from '../record/sample-records.ts'
import { StateParts } from '../record/state-parts.ts'
import type { GroupRecord } from '../record/view.ts'
import { soundRules } from '../rules.ts'
import { bodyMaxChars, type OperationRequest, type OperationResult } from './operation.ts'
import { firstOf, OperationDesk, type WaitingOperations } from './operation-desk.ts'

const [a, b] = [nodeName('a:1'), nodeName('b:1')]
const record = recordOf({ members: [member('a:1')], barred: [] })
const request = (more: Partial<OperationRequest> = {}): OperationRequest => ({
  ...{ id: 'o', part: 'log', body: 1, forMs: 1_000, ...more },
})

let answers: (readonly [to: string, id: string, result: OperationResult])[]
let waiting: WaitingOperations

function deskAt(outcomes?: unknown, nowMs = 0): OperationDesk {
  const held: GroupRecord = { ...record, ...(outcomes !== undefined && { outcomes }) }
  const parts = new StateParts([followingPart<readonly unknown[]>('log', (own = []) => own)])
  const context = { record: held, nowMs, parts, rules: soundRules } as unknown as GmsContext
  return new OperationDesk(context, (to, id, result) => void answers.push([to, id, result]))
}

function take(desk: OperationDesk, asker: typeof a, more?: Partial<OperationRequest>): void {
  const taken = desk.take(asker, request(more), [waiting])
  if (taken) waiting.set(taken.id, taken)
}

beforeEach(() => {
  answers = []
  waiting = new Map()
})

describe('where operations are taken in', () => {
  it('S2: one that is tried again waits once, and is answered to all who wait', () => {
    const desk = deskAt()
    take(desk, a)
    take(desk, b)
    expect([...waiting.values()].map(({ askers }) => [...askers])).toEqual([[a, b]])
    const { outcomes } = desk.apply(record, record.state, waiting.values(), {
      ...{ change: { joined: [], left: [], updated: [] }, view: record.view, version: record.version + 1 },
    })
    desk.seen({ ...record, version: record.version + 1, outcomes }, waiting)
    expect(answers).toEqual([a, b].map((to) => [to, 'o', { kind: 'done', outcome: 1, version: record.version + 1 }]))
    expect(waiting.size).toBe(0)
  })

  it('S2: one that may have been forgotten is not begun again', () => {
    const desk = deskAt({ last: [], forgotten: record.version })
    take(desk, a, { since: { lineage: 'l', version: record.version - 1 } })
    expect(answers).toEqual([[a, 'o', { kind: 'refused', why: 'forgotten' }]])
    take(desk, a, { since: { lineage: 'l', version: record.version } })
    expect(waiting.size).toBe(1)
  })

  it('another one under its id is refused, waiting or done', () => {
    const desk = deskAt({ last: [{ id: 'done', digest: 1, version: 1, outcome: null }], forgotten: 0 })
    take(desk, a)
    take(desk, b, { body: 2 })
    take(desk, b, { id: 'done' })
    expect(answers).toEqual(['o', 'done'].map((id) => [b, id, { kind: 'refused', why: 'id-taken' }]))
  })

  it('S4: takes so many, and none that is too long', () => {
    const desk = deskAt()
    for (let at = 0; at < 1_025; at++) take(desk, a, { id: `o${at}` })
    expect(waiting.size).toBe(1_024)
    expect(answers).toEqual([[a, 'o1024', { kind: 'refused', why: 'busy' }]])
    waiting.clear()
    take(desk, a, { body: 'x'.repeat(bodyMaxChars) })
    expect(answers.at(-1)).toEqual([a, 'o', { kind: 'refused', why: 'too-large' }])
  })

  it('S4: as many go into one version as a record should carry, in their order', () => {
    const desk = deskAt()
    for (let at = 0; at < 10; at++) take(desk, a, { id: `o${at}`, body: 'x'.repeat(bodyMaxChars - 10) })
    expect([...firstOf(waiting).keys()]).toEqual(['o0', 'o1', 'o2', 'o3'])
    expect([...waiting.keys()][0]).toBe('o4')
  })

  it('what nobody waits for any more is dropped', () => {
    take(deskAt(), a)
    deskAt(undefined, 999).dropLate(waiting)
    expect(waiting.size).toBe(1)
    deskAt(undefined, 1_000).dropLate(waiting)
    expect(waiting.size).toBe(0)
  })
})
