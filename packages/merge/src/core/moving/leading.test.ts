import type { GroupRecord } from '@ring/gms'
import { describe, expect, it } from 'vitest'
import { AgreedRing } from '../service/agreed-ring.testdata.ts'
import { Leading } from './leading.ts'

const fenceMs = 5_000

/** A ring whose merge has been closed, and who leads it. */
function closing() {
  const ring = new AgreedRing()
  const settings = { automatic: false, movesData: true, rebalanceDelayMs: 0, mergeTimeoutMs: 0, fenceMs }
  const leading = new Leading(settings)
  const hear = (nowMs: number) => {
    const { view, version, own } = ring
    leading.onRecord({ version, view, state: { placement: own } } as unknown as GroupRecord, true, nowMs)
  }
  ring.come('a', 'b', 'c')
  for (const server of ['a', 'b', 'c']) ring.operate({ do: 'service-in', server })
  ring.operate({ do: 'merge' })
  ring.operate({ do: 'complete' })
  ring.come('d')
  ring.operate({ do: 'service-in', server: 'd' })
  ring.operate({ do: 'merge' })
  ring.done('d')
  ring.operate({ do: 'complete' })
  hear(0)
  const { id, closingAt = 0, givers } = ring.own!.merge!
  expect(givers).toEqual(['a', 'b', 'c'])
  const say = (what: 'closed' | 'filled', server: string) =>
    leading.said(what, { server, incarnation: ring.lifeOf(server) }, id, closingAt)
  return { ring, leading, hear, say }
}

describe('whoever leads a merge', () => {
  it('D4: opens what was closed when its time is over', () => {
    const { leading, say } = closing()
    for (const server of ['a', 'b']) say('closed', server)
    expect(leading.wanted(fenceMs - 1)).toBeUndefined()
    expect(leading.wanted(fenceMs)).toMatchObject({ do: 'open' })
  })

  it('D4: opens it at once when one that had to close has died before it said so', () => {
    const { ring, leading, hear, say } = closing()
    for (const server of ['a', 'b']) say('closed', server)
    ring.go('c')
    hear(100)
    const wanted = leading.wanted(100)
    expect(wanted).toMatchObject({ do: 'open' })
    expect(ring.operate(wanted!)).toMatchObject({ ok: true, now: 'copying' })
  })

  it('D4: goes on to the commit when it had said so before', () => {
    const { ring, leading, hear, say } = closing()
    for (const server of ['a', 'b', 'c']) say('closed', server)
    ring.go('c')
    hear(100)
    expect(leading.wanted(100)).toBeUndefined()
    say('filled', 'd')
    const wanted = leading.wanted(200)
    expect(wanted).toMatchObject({ do: 'commit' })
    expect(ring.operate(wanted!)).toMatchObject({ ok: true, now: 'rest' })
  })
})
