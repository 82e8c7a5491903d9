import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Membership, ViewEvent } from '../index.ts'
import { isPrimary, LoopbackGroup, namesOf, viewWith } from './loopback-group.ts'

function nextView(membership: Membership): Promise<ViewEvent> {
  return new Promise((resolve) => {
    const end = membership.on('view', (event) => {
      end()
      resolve(event)
    })
  })
}

const names = (members: readonly { readonly name: string }[]) => members.map(({ name }) => name)

describe.each(['none', 'majority'] as const)('B3, B4: what the seed says of views, quorum %s', (quorum) => {
  let group: LoopbackGroup

  beforeEach(() => {
    group = new LoopbackGroup(quorum)
  })

  afterEach(() => group.end())

  const three = async () => [await group.join('c'), await group.join('b'), await group.join('a')] as const

  it('alone: a group of one, which it coordinates', async () => {
    const first = await group.join('a')
    expect(namesOf(first.view)).toBe('a')
    expect(first.isCoordinator).toBe(true)
    expect(quorum === 'none' ? first.isPrimary : !(await isPrimary(first))).toBe(false)
    const { name, incarnation, address } = first.self
    expect(first.view.coordinator).toMatchObject({ name, incarnation, address })
  })

  it('the second joins: at the end, whatever its name', async () => {
    const first = await group.join('b')
    const told = nextView(first)
    const second = await group.join('a')
    expect(namesOf(second.view)).toBe('b a')
    const { view, joined, left } = await told
    expect(view).toEqual(second.view)
    expect([names(joined), left]).toEqual([['a'], []])
    expect([first.isCoordinator, second.isCoordinator]).toEqual([true, false])
  })

  it('the third joins: all have the same view', async () => {
    const members = await three()
    const views = await Promise.all(members.map((member) => viewWith(member, 'c b a')))
    expect(views[1]).toEqual(views[0])
    expect(views[2]).toEqual(views[0])
  })

  it('a plain member leaves', async () => {
    const [first, second, third] = await three()
    await viewWith(second, 'c b a')
    const told = [nextView(first), nextView(third)]
    await second.leave()
    for (const { view, joined, left } of await Promise.all(told)) {
      expect(namesOf(view)).toBe('c a')
      expect(joined).toEqual([])
      expect(left.map(({ member, why }) => `${member.name} ${why}`)).toEqual(['b left'])
    }
    expect(second.status.phase).toBe('left')
  })

  it('the coordinator leaves: the next one is it', async () => {
    const [first, second, third] = await three()
    await viewWith(second, 'c b a')
    const told = nextView(third)
    await first.leave()
    await Promise.all([viewWith(second, 'b a'), viewWith(third, 'b a')])
    expect((await told).left.map(({ member, why }) => `${member.name} ${why}`)).toEqual(['c left'])
    expect([first.isCoordinator, second.isCoordinator, third.isCoordinator]).toEqual([false, true, false])
  })

  it('the old coordinator returns: to the end, as a later life', async () => {
    const [first, second, third] = await three()
    await viewWith(second, 'c b a')
    await first.leave()
    await viewWith(second, 'b a')
    const again = await group.join('c')
    expect(namesOf(again.view)).toBe('b a c')
    expect(again.self.incarnation).toBeGreaterThan(first.self.incarnation)
    await Promise.all([viewWith(second, 'b a c'), viewWith(third, 'b a c')])
    expect([second.isCoordinator, again.isCoordinator]).toEqual([true, false])
  })

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'stops while the coordinator is dead (%s): it is not hung',
    async (signal) => {
      const coordinator = await group.spawn('c')
      const [second, third] = [await group.join('b'), await group.join('a')]
      await Promise.all([viewWith(second, 'c b a'), viewWith(third, 'c b a')])
      coordinator.signal(signal)
      const left = second.leave().then(() => 'left')
      expect(await left).toBe('left')
      // Of three voters one is left: without a quorum it keeps the last view, and says so.
      if (quorum === 'none') await viewWith(third, 'a')
      else if (namesOf(third.view) !== 'a') await nonPrimary(third)
    },
  )

  it('a coordinator that is killed and comes back goes to the end', async () => {
    const coordinator = await group.spawn('c')
    const [second, third] = [await group.join('b'), await group.join('a')]
    await Promise.all([viewWith(second, 'c b a'), viewWith(third, 'c b a')])
    const told = nextView(third)
    coordinator.signal('SIGKILL')
    await Promise.all([viewWith(second, 'b a'), viewWith(third, 'b a')])
    expect((await told).left.map(({ member, why }) => `${member.name} ${why}`)).not.toEqual(['c left'])
    await group.spawn('c')
    await Promise.all([viewWith(second, 'b a c'), viewWith(third, 'b a c')])
  })
})

function nonPrimary(membership: Membership): Promise<void> {
  return new Promise((resolve) => {
    membership.on('nonPrimary', () => resolve())
    if (membership.status.phase === 'member' && membership.status.nonPrimary) resolve()
  })
}
