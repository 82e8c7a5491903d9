import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LeaveReason, Membership, SuspectEvent } from '../index.ts'
import { LoopbackGroup, viewWith } from './loopback-group.ts'

describe.each(['none', 'majority'] as const)('B6, M3: a member that is paused, quorum %s', (quorum) => {
  let group: LoopbackGroup

  beforeEach(() => {
    group = new LoopbackGroup(quorum)
  })

  afterEach(() => group.end())

  const reasons = (membership: Membership) => {
    const told: LeaveReason[] = []
    membership.on('view', ({ left }) => told.push(...left.map(({ why }) => why)))
    return told
  }

  it('is suspected, expelled as failed, and rejoins at the end by itself when it wakes', async () => {
    const first = await group.join('a')
    const second = await group.join('b')
    const paused = await group.spawn('c')
    const third = await group.join('d')
    await Promise.all([first, second, third].map((member) => viewWith(member, 'a b c d')))
    const suspicion = Promise.race(
      [first, second, third].map((member) => new Promise<SuspectEvent>((resolve) => member.on('suspect', resolve))),
    )
    const why = reasons(third)
    paused.signal('SIGSTOP')
    expect(await suspicion).toMatchObject({ name: 'c', suspected: true })
    await Promise.all([first, second, third].map((member) => viewWith(member, 'a b d')))
    expect(why).toEqual(['failed'])
    paused.signal('SIGCONT')
    await paused.line(({ event }) => event === 'rejoin')
    await Promise.all([first, second, third].map((member) => viewWith(member, 'a b d c')))
    await paused.line(({ event, members }) => event === 'view' && String(members) === 'a,b,d,c')
    expect(first.isCoordinator).toBe(true)
  })
})
