import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Membership } from '../index.ts'
import { LoopbackGroup, viewWith } from './loopback-group.ts'
import { MemberProcess } from './member-process.ts'

/** Whether the member says that it has left before it ends. */
function saysLeft({ lines }: MemberProcess): boolean {
  return lines.some(({ event }) => event === 'left')
}

describe.each(['none', 'majority'] as const)('B4: a member embedded in a program, quorum %s', (quorum) => {
  let group: LoopbackGroup
  let first: Membership

  beforeEach(async () => {
    group = new LoopbackGroup(quorum)
    first = await group.join('a')
  })

  afterEach(() => group.end())

  it('a forgotten leave keeps no process alive, and the others notice', async () => {
    const forgotten = await group.spawn('b', { keepAlive: false })
    expect(await forgotten.ended).toEqual({ code: 0, signal: null })
    expect(saysLeft(forgotten)).toBe(false)
    if (quorum === 'none') await viewWith(first, 'a')
  })

  it('leaveOnExit: a process that ends by itself leaves first', async () => {
    const leaver = await group.spawn('b', { keepAlive: false, leaveOnExit: true })
    expect(await leaver.ended).toEqual({ code: 0, signal: null })
    expect(saysLeft(leaver)).toBe(true)
    await viewWith(first, 'a')
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('leaveOnExit: %s has it leave, and then ends it', async (signal) => {
    const leaver = await group.spawn('b', { leaveOnExit: true })
    await viewWith(first, 'a b')
    leaver.signal(signal)
    expect(await leaver.ended).toEqual({ code: null, signal })
    expect(saysLeft(leaver)).toBe(true)
    await viewWith(first, 'a')
  })

  it('without leaveOnExit a signal does what it always does', async () => {
    const member = await group.spawn('b')
    member.signal('SIGTERM')
    expect(await member.ended).toEqual({ code: null, signal: 'SIGTERM' })
    expect(saysLeft(member)).toBe(false)
  })

  it('a process that is killed in the middle of its join holds nobody up', async () => {
    const joining = group.options('b', { keepAlive: true })
    for (const event of ['view', 'joined']) {
      const member = new MemberProcess(joining)
      await member.line((line) => line['event'] === event)
      member.signal('SIGKILL')
      await member.ended
    }
    // The name is free for a later life.
    await group.spawn('b')
    await viewWith(first, 'a b')
  })
})
