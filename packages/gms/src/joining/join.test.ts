import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import type { Logger } from '@ring/platform'
import { silent } from '@ring/platform'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshPort, isPrimary, LoopbackGroup, namesOf, viewWith } from '../e2e/loopback-group.ts'
import {
  type JoinOptions,
  join,
  type Membership,
  type MembershipEvent,
  MetadataError,
  type RejoinEvent,
  type StatePart,
  type ViewEvent,
} from '../index.ts'

const listen = { host: '127.0.0.1', port: 0 }

describe('join', () => {
  let group: LoopbackGroup

  beforeEach(() => {
    group = new LoopbackGroup('none')
  })

  afterEach(() => group.end())

  it('names a member by its address, on whatever port it got', async () => {
    await using membership = await join({ group: 'g', listen })
    expect(membership.self.name).toBe(membership.self.address)
    expect(membership.self.name).toMatch(/^127\.0\.0\.1:[1-9]\d*$/)
    expect(membership.view.members.map(({ name }) => name)).toEqual([membership.self.name])
    await using other = await join({ group: 'g', listen, servers: [membership.self.name] })
    expect(other.view.members.map(({ name }) => name)).toEqual([membership.self.name, other.self.name])
  })

  it('leaves once, however often it is asked to, and frees its port', async () => {
    const membership = await group.join('a')
    const first = membership.leave()
    expect(membership.leave()).toBe(first)
    await first
    await membership[Symbol.asyncDispose]()
    expect(membership.status.phase).toBe('left')
    expect(membership.isCoordinator).toBe(false)
    expect(namesOf(membership.view)).toBe('a')
    expect(namesOf((await group.join('a')).view)).toBe('a')
  })

  it('tells events one after the other: to listeners of the options from the first view on, to the others from join on', async () => {
    const told: string[] = []
    const note = (who: string) => (event: MembershipEvent) =>
      told.push(`${who} ${event.type === 'view' ? namesOf(event.view) : event.type}`)
    const first = await group.join('a', { listeners: { view: note('early'), left: note('early') } })
    expect(told).toEqual(['early a'])
    first.on('view', note('late'))
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of first.events()) seen.push(event.type)
    })()
    const second = await group.join('b')
    await viewWith(first, 'a b')
    await second.leave()
    await viewWith(first, 'a')
    await first.leave()
    await reading
    expect(told).toEqual(['early a', 'early a b', 'late a b', 'early a', 'late a', 'early left'])
    expect(seen).toEqual(['view', 'view', 'left'])
  })

  it('shows a listener the membership as its event left it', async () => {
    const first = await group.join('a')
    const same: boolean[] = []
    first.on('view', ({ view }) => same.push(first.view === view))
    await group.join('b')
    await group.join('c')
    await viewWith(first, 'a b c')
    expect(same).toEqual([true, true])
  })

  it('a listener may leave', async () => {
    const first = await group.join('a')
    const left = new Promise<void>((resolve) => first.on('left', () => resolve()))
    first.on('view', () => first.leave())
    const second = await group.join('b')
    await left
    await viewWith(second, 'b')
  })

  it('a follower sees the views and stands in none', async () => {
    const first = await group.join('a')
    await using follower = await join({ ...common(first), role: 'slave', name: 'watcher' })
    expect(namesOf(follower.view)).toBe('a')
    expect(follower.self).toMatchObject({ name: 'watcher', role: 'slave', address: undefined })
    expect(follower.isCoordinator).toBe(false)
    await group.join('b')
    await viewWith(follower, 'a b')
  })

  it('B5: groups that find each other become one, and who rejoins is told so', async () => {
    const place = (name: string) => ({ name, address: `127.0.0.1:${freshPort()}` })
    const [left, right] = [place('left'), place('right')]
    const options = ({ name, address }: typeof left, servers: readonly (typeof left)[]) => ({
      ...{ group: 'two', name, servers, listen: { host: '127.0.0.1', port: Number(address.split(':')[1]) } },
    })
    await using first = await join(options(left, [right]))
    await using second = await join(options(right, []))
    expect([namesOf(first.view), namesOf(second.view)]).toEqual(['left', 'right'])
    const lives = [first, second].map(({ self }) => self.incarnation)
    const rejoined = Promise.race(
      [first, second].map((one) => new Promise<RejoinEvent>((resolve) => one.on('rejoin', resolve))),
    )
    const { incarnation } = await rejoined
    expect(incarnation).toBeGreaterThan(Math.max(...lives))
    const names = [first, second].map(({ self }) => self).sort((one, other) => one.incarnation - other.incarnation)
    const both = names.map(({ name }) => name).join(' ')
    await Promise.all([viewWith(first, both), viewWith(second, both)])
    expect([first, second].map(({ self }) => self.incarnation)).toContain(incarnation)
  })

  it('what a member says of itself stands in every view, and may change', async () => {
    const first = await group.join('a', { metadata: { zone: 'north' } })
    const second = await group.join('b', { metadata: { zone: 'south', weight: 2 } })
    expect(second.view.members.map(({ metadata }) => metadata)).toEqual([
      { zone: 'north' },
      { zone: 'south', weight: 2 },
    ])
    const told = new Promise<ViewEvent>((resolve) => first.on('view', resolve))
    second.describe({ version: '7' })
    const { joined, left, updated } = await told
    expect([joined, left]).toEqual([[], []])
    expect(updated.map(({ name, metadata }) => [name, metadata])).toEqual([['b', { version: '7' }]])
    expect(() => second.describe({ zone: 'x'.repeat(65) })).toThrow(MetadataError)
  })

  it('S2: members agree on a part of their own: it follows the view, and takes operations', async () => {
    const locks: StatePart<Readonly<Record<string, string>>> = {
      name: 'locks',
      maxChars: 1_000,
      check: (own): own is Readonly<Record<string, string>> => typeof own === 'object' && own !== null,
      follow: (own = {}, { view }) =>
        Object.fromEntries(Object.entries(own).filter(([, by]) => view.members.some(({ name }) => name === by))),
      apply: (own, body) => {
        const { lock, by } = body as { readonly lock: string; readonly by: string }
        const holder = own[lock] ?? by
        return { own: { ...own, [lock]: holder }, outcome: { holder } }
      },
    }
    const [a, b] = [await group.join('a', { parts: [locks] }), await group.join('b', { parts: [locks] })]
    expect(await b.propose('locks', { lock: 'till', by: 'b' }, { id: 'one' })).toEqual({ holder: 'b' })
    expect(await a.propose('locks', { lock: 'till', by: 'a' })).toEqual({ holder: 'b' })
    expect(await a.propose('locks', { lock: 'till', by: 'b' }, { id: 'one' })).toEqual({ holder: 'b' })
    expect(a.agreed(locks)).toEqual({ till: 'b' })
    await expect(a.propose('safes', {})).rejects.toMatchObject({ code: 'RING_OPERATION_REFUSED', why: 'unknown-part' })
    await expect(a.propose('locks', new Map())).rejects.toMatchObject({ code: 'RING_OPERATION_INVALID' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(a.propose('locks', {}, { signal })).rejects.toThrow('enough')
    await b.leave()
    await viewWith(a, 'a')
    expect(a.agreed(locks)).toEqual({})
    await expect(b.propose('locks', {})).rejects.toMatchObject({ mayHaveHappened: false })
  })

  it('M8: a member can be expelled and kept out until it is admitted; a report expels nobody who is well', async () => {
    const first = await group.join('a')
    const second = await group.join('b')
    await viewWith(first, 'a b')
    first.report('b')
    const went = new Promise<string>((resolve) => {
      first.on('view', ({ left }) => {
        for (const { why } of left) resolve(why)
      })
    })
    const back = new Promise<void>((resolve) => {
      second.on('rejoin', () => resolve())
    })
    first.expel('b', { kind: 'until-admitted' })
    expect(await went).toBe('expelled')
    await back
    await expect.poll(() => second.status.phase).toBe('barred')
    first.admit('b')
    await viewWith(first, 'a b')
  })

  it('refuses a way to be reached that no other member could read', async () => {
    for (const advertise of ['', 'two words', '[::1]', 'x'.repeat(256)])
      await expect(join({ group: 'g', listen: { ...listen, advertise } })).rejects.toThrow('advertise')
  })

  it('keeps who has no key of the group out', async () => {
    const keys = [new Uint8Array(32).fill(1)]
    const first = await group.join('a', { keys })
    const refused = await join({ ...common(first), listen, name: 'x', keys: [new Uint8Array(32).fill(2)] })
    // Nobody lets it in, so it is a group of its own.
    expect(namesOf(refused.view)).toBe('x')
    await refused.leave()
    const second = await group.join('b', { keys })
    expect(namesOf(second.view)).toBe('a b')
  })

  it('warns of a group that is open to everybody, and only then', async () => {
    const warned: object[] = []
    const logger: Logger = { ...silent, warn: (fields) => warned.push(fields) }
    await group.join('a', { logger })
    expect(warned).toEqual([expect.objectContaining({ event: 'group.open' })])
    await (await join({ group: 'closed', listen, logger, keys: [new Uint8Array(32)] })).leave()
    expect(warned).toHaveLength(1)
  })

  it('says that a port is in use, and leaves nothing behind', async () => {
    const first = await group.join('a')
    const port = Number(first.self.address!.split(':')[1])
    await expect(join({ group: 'g', listen: { ...listen, port } })).rejects.toMatchObject({ code: 'RING_PORT_BUSY' })
  })

  it.each([
    ['no group', { group: '', listen }, 'group'],
    ['no place to listen', { group: 'g' }, 'listen'],
    ['a port that is none', { group: 'g', listen: { host: '127.0.0.1', port: 65_536 } }, 'listen.port'],
    ['all addresses without saying which', { group: 'g', listen: { host: '0.0.0.0', port: 0 } }, 'advertise'],
    ['a server without a port', { group: 'g', listen, servers: ['somewhere'] }, 'somewhere'],
    ['a short key', { group: 'g', listen, keys: [new Uint8Array(15)] }, '16 bytes'],
    ['no time at all', { group: 'g', listen, joinTimeoutMs: 0 }, 'joinTimeoutMs'],
    ['too much to say', { group: 'g', listen, metadata: { weight: 0 } }, 'weight'],
    ['another quorum', { group: 'g', listen, quorum: 'two' }, 'majority'],
    ['another detect', { group: 'g', listen, detect: 'soon' }, 'patient'],
    ['a majority of nobody', { group: 'g', listen, quorum: 'majority', forgetful: true }, 'servers'],
    ['a majority without a disk', { group: 'g', listen, quorum: 'majority', servers: ['a:1'] }, 'stateDirectory'],
    [
      'a majority of others',
      { group: 'g', listen, quorum: 'majority', forgetful: true, servers: ['127.0.0.1:1'] },
      'does not name',
    ],
  ])('refuses %s, and says what to do', async (_, options, text) => {
    await expect(join(options as JoinOptions)).rejects.toMatchObject({
      code: 'RING_JOIN_OPTIONS',
      message: expect.stringContaining(text) as string,
    })
  })

  const common = ({ group: name, self }: Membership) => ({
    group: name,
    servers: [{ name: self.name, address: self.address! }],
  })
})

describe('join with a quorum', () => {
  const directory = mkdtempSync(joinPath(tmpdir(), 'ring-join-'))
  const servers = Array.from({ length: 3 }, () => `127.0.0.1:${freshPort()}`)
  const members: Membership[] = []

  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.leave()))
    rmSync(directory, { recursive: true, force: true })
  })

  const options = (at: number): JoinOptions => ({
    group: 'quorum',
    listen: { host: '127.0.0.1', port: Number(servers[at]!.split(':')[1]) },
    servers,
    quorum: 'majority',
    stateDirectory: joinPath(directory, `state ${at}`),
  })

  it('waits for a majority; a time-out says for whom, that it did not happen, and leaves nothing behind', async () => {
    const failed = join({ ...options(0), joinTimeoutMs: 2_500 })
    await expect(failed).rejects.toMatchObject({ code: 'RING_JOIN_TIMEOUT', waitingFor: [servers[1], servers[2]] })
    await expect(failed).rejects.toThrow('did not happen')
    // The port is free again, and two are enough.
    members.push(...(await Promise.all([join(options(0)), join(options(1))])))
    expect(await Promise.all(members.map(isPrimary))).toEqual([true, true])
    expect(statSync(joinPath(directory, 'state 0')).mode & 0o777).toBe(0o700)
  })

  it('is given up by its signal', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const failed = join({ ...options(0), signal: controller.signal })
    setTimeout(() => controller.abort(reason), 100)
    await expect(failed).rejects.toMatchObject({ code: 'RING_JOIN_ABORTED', cause: reason })
    await expect(join({ ...options(0), signal: AbortSignal.abort(reason) })).rejects.toMatchObject({ cause: reason })
  })

  it('ends where nothing was: the listener is closed after a failed join', async () => {
    const failed = join({ ...options(0), joinTimeoutMs: 50 })
    await expect(failed).rejects.toMatchObject({ code: 'RING_JOIN_TIMEOUT' })
    const { port } = (options(0) as { readonly listen: { readonly port: number } }).listen
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: '127.0.0.1', port }, resolve)
    })
    await new Promise((resolve) => server.close(resolve))
  })

  it('R3: one state directory serves one member at a time', async () => {
    const alone = { ...options(0), servers: [servers[0]!] }
    members.push(await join(alone))
    const other = { ...alone, name: 'other', listen: { host: '127.0.0.1', port: freshPort() }, joinOnly: true }
    await expect(join(other)).rejects.toMatchObject({ code: 'RING_STATE_IN_USE' })
    await members.pop()!.leave()
    members.push(await join(alone))
  })

  it.each([
    ['no options', undefined],
    ['a group that is a number', { group: 5, listen }],
    ['a time that is a text', { group: 'g', listen, joinTimeoutMs: '5s' }],
    ['a key that is a text', { group: 'g', listen, keys: ['0123456789abcdef'] }],
    ['a flag that is a text', { group: 'g', listen, leaveOnExit: 'yes' }],
    ['servers as one text', { group: 'g', listen, servers: 'a:1' }],
    ['a number of members that is none', { group: 'g', listen, expect: Number.NaN }],
    ['a host that is none', { group: 'g', listen: { port: 1 } }],
    ['a role there is not', { group: 'g', listen, role: 'master' }],
  ])('F: refuses at once what is of a wrong type: %s', async (_, options) => {
    await expect(join(options as unknown as JoinOptions)).rejects.toMatchObject({ code: 'RING_ARGUMENT' })
  })

  it('does not keep votes where others may write', async () => {
    const open = joinPath(directory, 'open')
    mkdirSync(open, { recursive: true, mode: 0o777 })
    chmodSync(open, 0o777)
    const failed = join({ ...options(0), stateDirectory: open } as JoinOptions)
    await expect(failed).rejects.toMatchObject({ code: 'RING_JOIN_OPTIONS' })
  })
})
