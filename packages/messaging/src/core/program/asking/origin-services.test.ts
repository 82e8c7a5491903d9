import { describe, expect, it } from 'vitest'
import { AskingProgram, bytesOf, keys, routing } from '../../../simulation/asking-program.ts'
import { addressedPartition, bodyStart, Flag, keyStart, Offset, readU32 } from '../../frames/frame-header.ts'
import { serviceHigh, serviceId, serviceLow } from '../../frames/service-id.ts'
import { Status } from '../../frames/status.ts'
import { postsAtMost } from './posts.ts'

const settled = (): Promise<void> => new Promise(setImmediate)
const textsOf = (frames: readonly Buffer[]) => frames.map((frame) => frame.subarray(bodyStart(frame, 0)).toString())
const waitsWhenFull = { whenFull: 'wait' } as const
const waitsWhenDown = { whenDown: 'wait' } as const

describe('a program that asks services', () => {
  it('F2: names them in its frames; without a name nothing is added', () => {
    const program = new AskingProgram()
    program.ask('unnamed')
    program.ask('named', 0, {}, 'accounts')
    program.askServer('addressed', 's7', {}, 'accounts')
    const [unnamed, named, addressed] = program.sent()
    expect([unnamed![Offset.flags], unnamed![Offset.words]]).toEqual([0, 10])
    for (const frame of [named!, addressed!]) {
      expect([frame[Offset.flags], frame[Offset.words]]).toEqual([Flag.service, 12])
      expect({ low: serviceLow(frame, 0), high: serviceHigh(frame, 0) }).toEqual(serviceId('accounts'))
    }
    expect(readU32(addressed!, Offset.partition)).toBe(addressedPartition)
    expect(addressed!.subarray(keyStart(addressed!, 0), bodyStart(addressed!, 0)).toString()).toBe('s7')
  })

  it('K2, K3: a call that waits for room holds back later ones of its service alone', async () => {
    const program = new AskingProgram()
    program.ask('a1', 0, waitsWhenFull, 'a')
    const [first] = program.sent()
    program.answer(first!, Status.queueFull)
    program.ask('a2', 0, waitsWhenFull, 'a')
    program.ask('b1', 0, {}, 'b')
    program.ask('unnamed')
    expect(program.texts()).toEqual(['b1', 'unnamed'])
    program.endpoint.tick(40)
    const again = program.sent()
    expect(textsOf(again)).toEqual(['a1', 'a2'])
    for (const frame of again) program.answer(frame)
    await settled()
    expect(program.ends).toEqual(['a1: reply', 'a2: reply'])
  })

  it('K2: a later call of another service does not end one that came back as "moved"', () => {
    const program = new AskingProgram()
    program.ask('a', 0, waitsWhenFull, 'a')
    program.ask('b', 0, {}, 'b')
    const [a, b] = program.sent()
    program.answer(a!, Status.queueFull)
    program.answer(b!)
    program.endpoint.tick(40)
    expect(program.texts()).toEqual(['a'])
  })

  it('D5: while a partition moves each service waits for its own calls only', () => {
    const program = new AskingProgram()
    program.ask('a1', 0, {}, 'a')
    program.sent()
    program.endpoint.setRouting(routing(2, [0]))
    program.ask('a2', 0, {}, 'a')
    program.ask('b1', 0, {}, 'b')
    expect(program.texts()).toEqual(['b1'])
  })

  it('K3: each has a window of posts of its own', () => {
    const { services } = new AskingProgram().endpoint.origin
    const [a, b] = [services.named('a')!.posts, services.named('b')!.posts]
    for (let post = 0; post < postsAtMost; post++) a.post(keys[0]!, bytesOf('x'), undefined)
    expect([a.post(keys[0]!, bytesOf('x'), undefined), b.post(keys[0]!, bytesOf('x'), undefined)]).toEqual([
      false,
      true,
    ])
    expect([services.named('a')!.posts, a.counters.taken, services.unnamed.posts.counters.taken]).toEqual([
      a,
      postsAtMost,
      0,
    ])
  })

  it('K2: who waits for a service is sent again, in order, until somebody serves it; the error names both', async () => {
    const program = new AskingProgram()
    for (const text of ['a', 'b']) program.ask(text, 0, waitsWhenDown, 'accounts')
    program.ask('at once', 1, {}, 'accounts')
    const sent = program.sent()
    for (const frame of sent) program.answer(frame, Status.noService)
    await settled()
    expect(program.ends).toEqual(['at once: no-service'])
    expect(program.errors[0]).toMatchObject({
      code: 'RING_NOT_DELIVERED_NO_SERVICE',
      service: 'accounts',
      server: 's0',
      message:
        'Not delivered: nobody serves "accounts" at s0; attach a program for it there, or send with whenDown: "wait".',
    })
    program.endpoint.tick(40)
    expect(program.texts()).toEqual(['a', 'b'])
  })
})

describe('a program that asks one server', () => {
  it('F2: is held back by nothing, and holds back nobody', () => {
    const program = new AskingProgram()
    program.ask('a', 0, waitsWhenFull)
    program.answer(program.sent()[0]!, Status.queueFull)
    program.ask('held')
    program.askServer('addressed', 's0')
    expect(program.texts()).toEqual(['addressed'])
    // The key space takes another shape: only what has an order waits until it is out.
    program.endpoint.setRouting({ ...routing(2), partitions: 1, changedAt: new Float64Array([2]) })
    program.endpoint.tick(40)
    expect(program.texts()).toEqual(['a', 'held'])
  })

  it('F2: waits for a server that is not there, if asked to; otherwise the error says which', async () => {
    const program = new AskingProgram()
    program.askServer('waits', 's9', waitsWhenDown)
    program.askServer('at once', 's9')
    for (const frame of program.sent()) program.answer(frame, Status.unknownServer)
    await settled()
    expect(program.ends).toEqual(['at once: unknown-server'])
    expect(program.errors[0]).toMatchObject({
      code: 'RING_NOT_DELIVERED_UNKNOWN_SERVER',
      server: 's9',
      message: 'Not delivered: there is no server s9 in the ring; look at its members.',
    })
    program.endpoint.tick(600)
    expect(program.texts()).toEqual(['waits'])
  })

  it('F2: is not tried at another server, nor ended as "moved" by a change of the routing', async () => {
    const program = new AskingProgram()
    program.askServer('a', 's0')
    const [frame] = program.sent()
    program.endpoint.setRouting(routing(2))
    program.answer(frame!, Status.noLink)
    await settled()
    program.endpoint.tick(1_000)
    expect([program.ends, program.texts()]).toEqual([['a: no-link'], []])
  })
})

describe('a program at a node of the version before', () => {
  it('F6: sends no service and no address; its caller hears so at once', async () => {
    const program = new AskingProgram(false)
    program.ask('unnamed')
    program.ask('service', 0, { idempotent: true }, 'accounts')
    program.askServer('address', 's0')
    expect(program.texts()).toEqual(['unnamed'])
    const { posts } = program.endpoint.origin.services.named('accounts')!
    expect(posts.post(keys[0]!, bytesOf('x'), undefined)).toBe(true)
    await settled()
    expect(program.ends).toEqual(['service: old-version', 'address: old-version'])
    expect(program.errors.map(({ message }) => message)).toEqual([
      'Not delivered: the service "accounts" is not understood at the own node: what runs there is of a version before services; upgrade it.',
      'Not delivered: an address is not understood at s0: what runs there is of a version before services; upgrade it.',
    ])
    expect(posts.counters).toMatchObject({ taken: 1, notDelivered: 1 })
    expect([program.texts(), program.endpoint.origin.pending.used]).toEqual([[], 1])
  })

  it('F6, K2: who waits is sent in order to the next life of the node that knows services, and to none before', async () => {
    const program = new AskingProgram(false)
    const again = (knowsServices: boolean) => {
      program.endpoint.linkLost()
      program.endpoint.connect(program, knowsServices)
      program.endpoint.tick(program.endpoint.responder.nowMs + 600)
    }
    for (const text of ['a', 'b']) program.ask(text, 0, waitsWhenDown, 'accounts')
    program.askServer('address', 's0', waitsWhenDown)
    again(false)
    program.ask('c', 0, waitsWhenDown, 'accounts')
    expect(program.texts()).toEqual([])
    again(true)
    const sent = program.sent()
    expect(textsOf(sent)).toEqual(expect.arrayContaining(['a', 'b', 'c', 'address']))
    expect(textsOf(sent).filter((text) => text !== 'address')).toEqual(['a', 'b', 'c'])
    for (const frame of sent) program.answer(frame)
    await settled()
    expect(program.ends.sort()).toEqual(['a: reply', 'address: reply', 'b: reply', 'c: reply'])
  })

  it('F6: likewise where the server is of it; an idempotent call is not tried until its deadline', async () => {
    const program = new AskingProgram()
    program.ask('a', 0, { idempotent: true }, 'accounts')
    for (const frame of program.sent()) program.answer(frame, Status.oldVersion)
    await settled()
    expect(program.ends).toEqual(['a: old-version'])
    expect(program.errors[0]).toMatchObject({ service: 'accounts', server: 's0' })
  })

  it('F6: what waited past its deadline is told why', async () => {
    const program = new AskingProgram(false)
    program.ask('late', 0, { ...waitsWhenDown, deadlineMs: 100 }, 'accounts')
    program.endpoint.tick(500)
    await settled()
    expect(program.errors[0]).toMatchObject({ reason: 'old-version', isOverdue: true, service: 'accounts' })
  })
})
