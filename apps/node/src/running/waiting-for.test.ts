import { address, nodeName } from '@ring/platform'
import { systemClock } from '@ring/transport'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { NodeStatus } from '../operator/node-status.ts'
import { type Waiting, waitingFor } from './waiting-for.ts'
import { WaitingNotice } from './waiting-notice.ts'

const servers = ['a:1', 'b:1', 'c:1']
const textFor = (group: NodeStatus['group'], delivery: NodeStatus['delivery'] = 'open') =>
  waitingFor({ group, delivery, ready: false }, servers)?.text
const member = { phase: 'member', primary: false, nonPrimary: false, missing: [] } as const

describe('U3: for whom a node waits', () => {
  it('U3: says it in words, for each phase', () => {
    expect(textFor({ phase: 'discovering', waitingFor: ['a:1', 'b:1'] })).toBe('waiting for 2 of 3 servers: a:1, b:1')
    expect(textFor({ phase: 'discovering', waitingFor: ['a:1', '1 more of 5'] })).toBe('waiting for a:1, 1 more of 5')
    expect(textFor({ phase: 'discovering', waitingFor: [] })).toBe('waiting for an answer of another node')
    expect(textFor({ phase: 'joining', coordinator: nodeName('a:1') })).toMatch('coordinator a:1')
    expect(textFor({ phase: 'barred', by: nodeName('b:1') })).toMatch('barred by b:1')
    const missing = [nodeName('c:1')]
    expect(textFor({ ...member, nonPrimary: true, missing })).toBe('waiting for 1 of 3 servers: c:1')
    expect(textFor(member)).toBe('waiting for a server that takes requests')
    expect(textFor(member, 'unconfirmed')).toMatch('still wanted')
    expect(textFor({ ...member, nonPrimary: true }, 'no-quorum')).toMatch('a quorum')
    expect(textFor(member, 'expelled')).toMatch('let in again')
    expect(textFor({ ...member, obstacle: { kind: 'cannot-vote' } }, 'no-quorum')).toMatch('state directory')
    expect(textFor({ ...member, obstacle: { kind: 'name-taken', at: '10.0.0.1:1' } })).toMatch('at 10.0.0.1:1')
    const undialable = { kind: 'undialable', by: nodeName('b:1'), address: address('10.0.0.2:1') } as const
    expect(textFor({ ...member, obstacle: undialable })).toMatch('at 10.0.0.2:1, where b:1 cannot')
    expect(textFor({ phase: 'undialable', by: nodeName('b:1'), address: address('10.0.0.2:1') })).toMatch('10.0.0.2:1')
    expect(textFor({ phase: 'name-taken', at: '10.0.0.1:1' })).toMatch('at 10.0.0.1:1')
    expect(textFor({ phase: 'left' })).toBeUndefined()
    expect(waitingFor({ group: member, delivery: 'open', ready: true }, servers)).toBeUndefined()
  })

  it('U3: tells it once, again when it is another, and not where it is over within a second', () => {
    vi.useFakeTimers({ now: 0 })
    onTestFinished(() => void vi.useRealTimers())
    let now: Waiting | undefined
    const told: string[] = []
    const notice = new WaitingNotice(
      systemClock,
      () => now,
      ({ text }) => told.push(`${Date.now()} ${text}`),
    )
    const becomes = (text: string | undefined, forMs: number) => {
      now = text === undefined ? undefined : { for: [], text }
      notice.changed()
      vi.advanceTimersByTime(forMs)
    }
    becomes('a', 900)
    becomes(undefined, 5000)
    expect(told).toEqual([])
    becomes('a', 500)
    becomes('b', 2500)
    becomes('b', 2000)
    becomes('c', 100)
    becomes('b', 1900)
    expect(told).toEqual(['6900 b'])
    becomes('c', 2000)
    becomes(undefined, 1000)
    becomes('c', 2000)
    expect(told).toEqual(['6900 b', '13900 c', '16900 c'])
  })
})
