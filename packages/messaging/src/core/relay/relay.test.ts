import { DeliveryGate, incarnation } from '@ring/platform'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { staticRouting } from '../../../bench/plain-links.ts'
import { CollectingLink, frame } from '../../simulation/collecting-link.ts'
import {
  addressedPartition,
  Flag,
  FrameType,
  headerBytes,
  noPartition,
  Offset,
  readU32,
  readU48,
  writeU32,
} from '../frames/frame-header.ts'
import { Status } from '../frames/status.ts'
import { Relay } from './relay.ts'
import type { RelayPort } from './relay-port.ts'
import { soundRelayRules } from './rules.ts'

const typeOf = (bytes: Uint8Array): number => bytes[Offset.type]!
const statusOf = (bytes: Uint8Array): number => readU32(bytes, Offset.status)
const exchangeOf = (bytes: Uint8Array): number[] => [readU32(bytes, Offset.slot), readU32(bytes, Offset.generation)]

const routing = (version = 1) => staticRouting([{ name: 's0', address: '' }], { version })

/** A server's relay with one program and two peers. */
function serverRelay(rules = soundRelayRules, knowsServices = false) {
  const gate = new DeliveryGate(incarnation(1))
  const relay = new Relay({ name: 's0', incarnation: 1 }, 0, gate, rules)
  relay.setRouting(routing())
  const links = { program: new CollectingLink(), peer: new CollectingLink(), other: new CollectingLink() }
  const ports = {
    program: relay.attachProgram(links.program, 'program', true, false, { knows: knowsServices }),
    peer: relay.attachPeer(links.peer, 'peer', 1, knowsServices),
    other: relay.attachPeer(links.other, 'other', 1, knowsServices),
  }
  const give = (port: RelayPort, ...frames: Uint8Array[]): void => {
    const bytes = new Uint8Array(Buffer.concat(frames))
    relay.onFrames(port, bytes, 0, bytes.length)
  }
  return { relay, gate, links, ports, give }
}

describe('Relay', () => {
  it('K1: turns an answer back to the slot and generation it was asked under, and drops it the second time', () => {
    const { relay, links, ports, give } = serverRelay()
    give(ports.peer, frame(FrameType.request, { slot: 7, generation: 9, stamp: 1 }))
    const [request] = links.program.take()
    const [slot, generation] = exchangeOf(request!) as [number, number]
    const reply = frame(FrameType.reply, { slot, generation })
    give(ports.program, reply.slice(), reply.slice())
    const answers = links.peer.take()
    expect(answers.map(exchangeOf)).toEqual([[7, 9]])
    expect(readU32(answers[0]!, Offset.requestId)).toBe(4_711)
    expect([relay.counters.staleAnswers, relay.out]).toEqual([1, 0])
  })

  it('K1: an answer of an earlier use of a slot is dropped, though the slot is in use', () => {
    const { relay, links, ports, give } = serverRelay()
    give(ports.peer, frame(FrameType.request, { slot: 1, stamp: 1 }))
    const first = exchange(links.program.take()[0]!)
    give(ports.program, frame(FrameType.reply, first))
    give(ports.other, frame(FrameType.request, { slot: 2, stamp: 1 }))
    expect(exchange(links.program.take()[0]!)).toEqual({ slot: first.slot, generation: first.generation + 1 })
    give(ports.program, frame(FrameType.reply, first))
    expect([links.peer.take().length, links.other.take().length, relay.counters.staleAnswers]).toEqual([1, 0, 1])
  })

  it('forwards neighbours for one destination as one slice', () => {
    const { links, ports, give } = serverRelay()
    let writes = 0
    const write = links.program.write.bind(links.program)
    links.program.write = (source, start, end) => {
      writes++
      write(source, start, end)
    }
    give(ports.peer, ...Array.from({ length: 50 }, (_, slot) => frame(FrameType.request, { slot, stamp: 1 })))
    expect([writes, links.program.take().length]).toEqual([1, 50])
  })

  it('K3: answers "queue full" when the credit is used up, and others do not wait', () => {
    const { links, ports, give } = serverRelay()
    for (let slot = 0; slot < 1_024; slot++) give(ports.peer, frame(FrameType.request, { slot, stamp: 1 }))
    give(ports.peer, frame(FrameType.request, { slot: 2_000, stamp: 1 }))
    expect(links.peer.take().map(statusOf)).toEqual([Status.queueFull])
    const [first] = links.program.take()
    const [slot, generation] = exchangeOf(first!) as [number, number]
    give(ports.program, frame(FrameType.reply, { slot, generation }))
    give(ports.other, frame(FrameType.request, { slot: 1, stamp: 1 }))
    expect(links.program.take().length).toBe(1)
    links.program.queuedBytes = 17 * 1024 * 1024
    give(ports.program, frame(FrameType.reply, exchange(first!)))
    give(ports.other, frame(FrameType.request, { slot: 2, stamp: 1 }))
    expect(links.other.take().map(statusOf)).toEqual([Status.queueFull])
  })

  it('D5: an older stamp is answered "moved" with the version, a newer one waits for the table', () => {
    const { relay, links, ports, give } = serverRelay()
    relay.setRouting(routing(5))
    give(ports.peer, frame(FrameType.request, { slot: 1, stamp: 4 }), frame(FrameType.request, { slot: 2, stamp: 6 }))
    const [moved] = links.peer.take()
    expect([statusOf(moved!), readU48(moved!, Offset.tableVersion)]).toEqual([Status.moved, 5])
    expect(links.program.take()).toEqual([])
    relay.setRouting(routing(6))
    expect(links.program.take().length).toBe(1)
  })

  it('D5: what waits is bounded; beyond the bound it is answered "moved"', () => {
    const { relay, links, ports, give } = serverRelay()
    for (let slot = 0; slot < 1_030; slot++) give(ports.peer, frame(FrameType.request, { slot, stamp: 2 }))
    expect(links.peer.take().map(statusOf)).toEqual(Array.from({ length: 6 }, () => Status.moved))
    const body = new Uint8Array(60_000)
    const second = serverRelay()
    for (let slot = 0; slot < 30; slot++)
      second.give(second.ports.peer, frame(FrameType.request, { slot, stamp: 2, body }))
    expect(second.links.peer.take().length).toBe(13)
    expect(relay.counters.held).toBe(1_024)
  })

  it('D5: a large body that waits for its table, and finds no room for all of it, is answered "moved" as well', () => {
    const { relay, links, ports, give } = serverRelay()
    const first = { slot: 1, stamp: 7, flags: Flag.chunked | Flag.more, body: new Uint8Array(8) }
    give(ports.peer, frame(FrameType.request, first).fill(headerBytes / 4 + 1, Offset.words, Offset.words + 1))
    for (let part = 0; part < 40; part++)
      give(ports.peer, frame(FrameType.chunk, { slot: 1, flags: Flag.more, body: new Uint8Array(60_000) }))
    const [answer, ...others] = links.peer.take()
    expect([exchangeOf(answer!)[0], statusOf(answer!), readU48(answer!, Offset.tableVersion)]).toEqual([
      1,
      Status.moved,
      1,
    ])
    expect(others).toEqual([])
    relay.setRouting(routing(7))
    expect(links.program.take()).toEqual([])
  })

  it('D5: a deadline goes on while the frame waits, and a cancellation finds it', () => {
    const { relay, links, ports, give } = serverRelay()
    const waits = { stamp: 2, deadline: 100 }
    give(ports.peer, frame(FrameType.request, { slot: 1, ...waits }), frame(FrameType.request, { slot: 2, ...waits }))
    give(ports.peer, frame(FrameType.cancel, { slot: 2 }))
    expect(links.peer.take().map(statusOf)).toEqual([Status.cancelled])
    relay.tick(60)
    give(ports.peer, frame(FrameType.request, { slot: 3, ...waits }))
    relay.tick(101)
    expect(links.peer.take().map((bytes) => [exchangeOf(bytes)[0], statusOf(bytes)])).toEqual([[1, Status.overdue]])
    relay.setRouting(routing(2))
    const [late] = links.program.take()
    expect(readU32(late!, Offset.deadline)).toBe(59)
  })

  it('M3: delivers nothing while unconfirmed; then all in order, or "closing" if this life was expelled', () => {
    const { gate, links, ports, give } = serverRelay()
    gate.doubted(1)
    give(ports.peer, frame(FrameType.request, { slot: 1, stamp: 1 }), frame(FrameType.request, { slot: 2, stamp: 1 }))
    expect([links.program.take().length, links.peer.take().length]).toEqual([0, 0])
    gate.confirmed(incarnation(1), 1)
    expect(links.program.take().map(typeOf)).toEqual([FrameType.request, FrameType.request])
    gate.doubted(2)
    give(ports.peer, frame(FrameType.request, { slot: 3, stamp: 1 }))
    gate.expelled(incarnation(1))
    give(ports.peer, frame(FrameType.request, { slot: 4, stamp: 1 }))
    expect(links.peer.take().map(statusOf)).toEqual([Status.closing, Status.closing])
    expect(links.program.take()).toEqual([])
  })

  const large = (slot: number) => {
    const first = { slot, stamp: 1, flags: Flag.chunked | Flag.more, body: new Uint8Array(8) }
    return frame(FrameType.request, first).fill(headerBytes / 4 + 1, Offset.words, Offset.words + 1)
  }
  const chunk = (slot: number, flags = 0) => frame(FrameType.chunk, { slot, flags, body: new Uint8Array(4) })
  const typesOf = (link: CollectingLink) => link.take().map(typeOf)

  it('M3: what follows of a large body waits while this life is unconfirmed, and goes on in order', () => {
    const { gate, links, ports, give } = serverRelay()
    give(ports.peer, large(1), chunk(1, Flag.more))
    gate.doubted(1)
    give(ports.peer, chunk(1, Flag.more), chunk(1))
    expect(typesOf(links.program)).toEqual([FrameType.request, FrameType.chunk])
    gate.confirmed(incarnation(1), 1)
    expect(links.program.take().map((bytes) => [typeOf(bytes), bytes[Offset.flags]])).toEqual([
      [FrameType.chunk, Flag.more],
      [FrameType.chunk, 0],
    ])
    expect(typesOf(links.peer)).toEqual([])
  })

  it.each([
    ['M3', 'expelled', Status.closing],
    ['K4', 'cut off', Status.noQuorum],
  ] as const)('%s: a large body ends when its server is %s before the last chunk', (_rule, event, status) => {
    const { relay, gate, links, ports, give } = serverRelay()
    give(ports.peer, large(1), large(2))
    give(ports.peer, chunk(2))
    expect(links.program.take()).toHaveLength(3)
    if (event === 'expelled') gate.expelled(incarnation(1))
    else gate.quorumLost()
    give(ports.peer, chunk(1))
    expect(typesOf(links.program)).toEqual([FrameType.cancel])
    expect(links.peer.take().map((bytes) => [exchangeOf(bytes)[0], statusOf(bytes)])).toEqual([[1, status]])
    // The other one may have begun.
    expect(relay.out).toBe(1)
  })

  /** A first frame that says so many bytes follow. */
  const announcing = (slot: number, bytes: number) => {
    const first = large(slot)
    writeU32(first, headerBytes, bytes)
    return first
  }

  it('K3: large bodies beyond the room for their windows are refused when they begin; those that have begun go on', () => {
    const { links, ports, give } = serverRelay()
    const mebibyte = 1_024 * 1_024
    for (let slot = 0; slot < 130; slot++) give(ports.peer, announcing(slot, mebibyte))
    expect(links.peer.take().map((bytes) => [exchangeOf(bytes)[0], statusOf(bytes)])).toEqual([
      [128, Status.queueFull],
      [129, Status.queueFull],
    ])
    expect(links.program.take()).toHaveLength(128)
    for (let slot = 0; slot < 128; slot++) give(ports.peer, chunk(slot, Flag.more))
    expect(typesOf(links.program)).toEqual(Array.from({ length: 128 }, () => FrameType.chunk))
    // One has passed, another was given up: two may begin.
    give(ports.peer, chunk(0), frame(FrameType.cancel, { slot: 1 }))
    const [, cancelled] = links.program.take()
    const [slot, generation] = exchangeOf(cancelled!) as [number, number]
    give(ports.program, frame(FrameType.failed, { slot, generation, status: Status.cancelled }))
    links.peer.take()
    for (let next = 200; next < 203; next++) give(ports.peer, announcing(next, mebibyte))
    expect(links.peer.take().map((bytes) => exchangeOf(bytes)[0])).toEqual([202])
  })

  it('K3: where too much waits on the way back, large answers end one by one, and the link goes on', () => {
    const { relay, links, ports, give } = serverRelay()
    for (const slot of [1, 2, 3]) give(ports.peer, frame(FrameType.request, { slot, stamp: 1 }))
    const asked = links.program.take().map(exchangeOf) as [number, number][]
    const reply = (at: number, bytes: number) => {
      const [slot, generation] = asked[at]!
      return frame(FrameType.reply, { slot, generation, body: new Uint8Array(bytes) })
    }
    links.peer.queuedBytes = 48 * 1_024 * 1_024 + 1
    give(ports.program, reply(0, 10_000), reply(1, 100))
    const [dropped, small] = links.peer.take()
    expect([exchangeOf(dropped!)[0], typeOf(dropped!), statusOf(dropped!)]).toEqual([
      1,
      FrameType.failed,
      Status.answerDropped,
    ])
    expect([exchangeOf(small!)[0], typeOf(small!)]).toEqual([2, FrameType.reply])
    expect(typesOf(links.program)).toEqual([FrameType.cancel])
    links.peer.queuedBytes = 0
    give(ports.program, reply(2, 10_000))
    expect(typesOf(links.peer)).toEqual([FrameType.reply])
    expect([relay.out, links.peer.isOpen]).toEqual([0, true])
  })

  it('M3: without its rule the rest of a large body passes all the same', () => {
    const { gate, links, ports, give } = serverRelay({ ...soundRelayRules, chunksAsk: false })
    give(ports.peer, large(1))
    gate.expelled(incarnation(1))
    give(ports.peer, chunk(1))
    expect(typesOf(links.program)).toEqual([FrameType.request, FrameType.chunk])
  })

  it('M3: the rest of a large body that finds no room to wait is given up, not delivered', () => {
    const { relay, gate, links, ports, give } = serverRelay()
    give(ports.peer, large(1))
    gate.doubted(1)
    for (let part = 0; part < 40; part++) {
      give(ports.peer, frame(FrameType.chunk, { slot: 1, flags: Flag.more, body: new Uint8Array(60_000) }))
    }
    expect(links.peer.take().map(statusOf)).toEqual([Status.queueFull])
    expect(typesOf(links.program)).toEqual([FrameType.request, FrameType.cancel])
    gate.confirmed(incarnation(1), 1)
    expect([relay.out, typesOf(links.program)]).toEqual([0, []])
  })

  it('K4, D5: a large body whose partition moves before its last chunk ends "moved", under the new version', () => {
    const { relay, links, ports, give } = serverRelay()
    give(ports.peer, large(1), large(2), chunk(2))
    links.program.take()
    relay.setRouting(routing(2))
    give(ports.peer, chunk(1))
    expect(typesOf(links.program)).toEqual([FrameType.cancel])
    const answers = links.peer.take()
    expect(
      answers.map((bytes) => [exchangeOf(bytes)[0], statusOf(bytes), readU48(bytes, Offset.tableVersion)]),
    ).toEqual([[1, Status.moved, 2]])
  })

  it('K4: a side without a quorum refuses, and serves again when it has one; a node that stops says so first', () => {
    const { relay, gate, links, ports, give } = serverRelay()
    const ask = (slot: number) => {
      give(ports.peer, frame(FrameType.request, { slot, stamp: 1 }))
      return links.peer.take().map(statusOf)
    }
    gate.quorumLost()
    expect([ask(1), relay.counters.refused.noQuorum]).toEqual([[Status.noQuorum], 1])
    gate.quorumRegained()
    expect([ask(2), typesOf(links.program)]).toEqual([[], [FrameType.request]])
    gate.quorumLost()
    gate.stop()
    expect(ask(3)).toEqual([Status.closing])
  })

  it('M3: a program that asks is answered, and told of each change; one that does not say so may not ask', () => {
    const { relay, gate, ports, links, give } = serverRelay()
    const link = new CollectingLink()
    const asker = relay.attachProgram(link, 'asker', true, true)
    const words = () => link.take().map((bytes) => [typeOf(bytes), exchangeOf(bytes)[0], statusOf(bytes)])
    give(asker, frame(FrameType.ask, { slot: 7 }))
    expect(words()).toEqual([[FrameType.word, 7, 0]])
    gate.doubted(1)
    gate.quorumLost()
    gate.expelled(incarnation(1))
    gate.beginLife(incarnation(2))
    expect(words()).toEqual([64, Status.noQuorum, Status.closing, 0].map((word) => [FrameType.word, 7, word]))
    expect(links.program.take()).toEqual([])
    give(ports.program, frame(FrameType.ask, { slot: 1 }))
    expect(links.program.wasDestroyed).toBe(true)
  })

  it('a request to a server whose first link is being opened waits for it, and no longer than that', () => {
    const relay = new Relay({ name: 's0', incarnation: 1 }, 0)
    relay.setRouting(
      staticRouting(
        [
          { name: 's0', address: '' },
          { name: 's1', address: '' },
        ],
        { mode: 'hash' },
      ),
    )
    const [asker, link] = [new CollectingLink(), new CollectingLink()]
    const port = relay.attachProgram(asker, 'asker', false)
    const ask = (...slots: number[]) => {
      for (const slot of slots) {
        const bytes = frame(FrameType.request, { slot, partition: 1, stamp: 1, deadline: 500 })
        relay.onFrames(port, bytes, 0, bytes.length)
      }
      return asker.take().map(statusOf)
    }
    const server = { name: 's1', incarnation: 1 }
    expect(ask(1)).toEqual([Status.noLink])
    relay.setOpening(server, true)
    expect(ask(2, 3)).toEqual([])
    relay.setOpening(server, false)
    expect(asker.take().map(statusOf)).toEqual([Status.noLink, Status.noLink])
    relay.setOpening(server, true)
    expect(ask(4, 5)).toEqual([])
    relay.attachServer(link, 's1', 1)
    expect([typesOf(link), asker.take()]).toEqual([[FrameType.request, FrameType.request], []])
  })

  it('M3: a pause is taken off the deadlines of the input that waited', () => {
    const { relay, links, ports, give } = serverRelay()
    relay.resumed(2_000)
    const request = (slot: number, deadline: number) => frame(FrameType.request, { slot, stamp: 1, deadline })
    give(ports.peer, request(1, 1_500), request(2, 2_500), request(3, 0))
    expect(links.peer.take().map(statusOf)).toEqual([Status.overdue])
    expect(links.program.take().map((bytes) => readU32(bytes, Offset.deadline))).toEqual([500, 0])
    relay.tick(2_020)
    give(ports.peer, request(4, 1_500))
    expect(links.program.take().map((bytes) => readU32(bytes, Offset.deadline))).toEqual([1_500])
  })

  it('K2, M3: what is refused as overdue after a pause, and may come again, is not overtaken by later calls of its key', () => {
    const { relay, links, ports, give } = serverRelay()
    const request = (requestId: number, keyHash: number, deadline: number) =>
      frame(FrameType.request, { ...{ slot: requestId, requestId, keyHash, deadline }, stamp: 1 })
    const requestsTo = () => links.program.take().filter((bytes) => typeOf(bytes) === FrameType.request)
    const slots = () => requestsTo().map((bytes) => readU32(bytes, Offset.requestId))
    relay.resumed(2_000)
    give(ports.peer, request(1, 5, 1_500), request(2, 5, 2_500), request(3, 6, 2_500))
    expect(links.peer.take().map(statusOf)).toEqual([Status.overdue, Status.moved])
    expect(slots()).toEqual([3])
    relay.tick(2_020)
    give(ports.peer, request(1, 5, 100), request(2, 5, 400))
    expect(slots()).toEqual([1, 2])
    // One that does not come again holds up its key no longer than what was on its way can take.
    relay.resumed(2_000)
    give(ports.peer, request(4, 5, 1_500))
    relay.tick(4_150)
    give(ports.peer, request(5, 5, 400))
    expect(slots()).toEqual([5])
  })

  it('K1: ends what a lost program had, cancels what a lost asker wanted, and gives up what nobody answers', () => {
    const { relay, links, ports, give } = serverRelay()
    give(ports.peer, frame(FrameType.request, { slot: 1, stamp: 1 }))
    give(ports.other, frame(FrameType.oneWay, { slot: 1, stamp: 1, deadline: 50 }))
    links.program.take()
    relay.detach(ports.peer)
    expect(links.program.take().map(typeOf)).toEqual([FrameType.cancel])
    relay.tick(1_000)
    expect(links.other.take()).toEqual([])
    relay.tick(1_051)
    expect(links.other.take().map(statusOf)).toEqual([Status.overdueRunning])
    give(ports.other, frame(FrameType.request, { slot: 2, stamp: 1 }))
    relay.detach(ports.program)
    expect(links.other.take().map(statusOf)).toEqual([Status.programLost])
    give(ports.other, frame(FrameType.request, { slot: 3, stamp: 1 }))
    expect(links.other.take().map(statusOf)).toEqual([Status.noProgram])
    expect(relay.out).toBe(0)
  })

  it('acknowledgements of one turn go back as one frame for each asker', () => {
    const { links, ports, give } = serverRelay()
    for (let slot = 0; slot < 100; slot++) {
      give(slot % 2 === 0 ? ports.peer : ports.other, frame(FrameType.oneWay, { slot, stamp: 1 }))
    }
    const pairs = links.program.take().map((bytes) => bytes.subarray(Offset.slot, Offset.slot + 8))
    give(ports.program, frame(FrameType.ack, { body: new Uint8Array(Buffer.concat(pairs)) }))
    for (const [link, first] of [
      [links.peer, 0],
      [links.other, 1],
    ] as const) {
      const [ack, ...more] = link.take()
      expect(more).toEqual([])
      const slots = Array.from({ length: 50 }, (_, pair) => readU32(ack!, headerBytes + pair * 8))
      expect(slots).toEqual(Array.from({ length: 50 }, (_, pair) => pair * 2 + first))
    }
  })

  it('closes the link of a peer that breaks a rule, and disturbs nobody else', () => {
    for (const bad of [
      frame(99),
      // Not agreed on here.
      frame(FrameType.ping),
      frame(FrameType.request, { slot: 65_536, stamp: 1 }),
      frame(FrameType.broadcast),
      frame(FrameType.request, { stamp: 1 }).fill(2, Offset.version, Offset.version + 1),
      new Uint8Array([1, 0, 0, 0, 1]),
    ]) {
      const { relay, links, ports, give } = serverRelay()
      give(ports.other, frame(FrameType.request, { slot: 5, stamp: 1 }))
      const [before] = links.program.take()
      give(ports.peer, bad, frame(FrameType.request, { slot: 1, stamp: 1 }))
      expect([links.peer.wasDestroyed, ports.peer.isOpen, relay.counters.violations]).toEqual([true, false, 1])
      give(ports.program, frame(FrameType.reply, exchange(before!)))
      expect(links.other.take().map(typeOf)).toEqual([FrameType.reply])
    }
  })

  it('never throws, whatever frames arrive; memory stays bounded; others are still served', () => {
    const noise = fc.record({
      from: fc.constantFrom('program', 'peer', 'other'),
      type: fc.oneof(fc.constantFrom(1, 2, 3, 4, 5, 6, 16, 17, 18, 19, 32, 33, 34, 35), fc.nat(255)),
      flags: fc.oneof(fc.nat(63), fc.nat(255)),
      service: fc.option(fc.constantFrom('accounts', 'served by nobody', 'x'), { nil: undefined }),
      key: fc.option(fc.constantFrom('s0', 's9', 'key'), { nil: undefined }),
      slot: fc.oneof(fc.nat(5), fc.nat(0xffff_ffff)),
      generation: fc.nat(4),
      partition: fc.oneof(fc.nat(70), fc.constant(noPartition), fc.constant(addressedPartition)),
      stamp: fc.nat(3),
      deadline: fc.nat(50),
      body: fc.uint8Array({ maxLength: 40 }),
      time: fc.nat(30),
    })
    const act = fc.oneof(
      { weight: 20, arbitrary: noise },
      fc.constantFrom('move', 'doubt', 'confirm', 'expel', 'cut', 'heal' as const),
    )
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), fc.boolean(), (acts, knowsServices) => {
        const { relay, gate, links, ports, give } = serverRelay(soundRelayRules, knowsServices)
        if (knowsServices) relay.attachProgram(new CollectingLink(), 'accounts', true, false, { serves: 'accounts' })
        const late = relay.attachPeer(new CollectingLink(), 'late', 1)
        let version = 1
        let now = 0
        let doubt = 0
        let life = 1
        for (const one of acts) {
          if (one === 'move') relay.setRouting(routing(++version))
          else if (one === 'doubt') gate.doubted(++doubt)
          else if (one === 'confirm') gate.confirmed(incarnation(life), doubt)
          else if (one === 'expel') {
            gate.expelled(incarnation(life))
            gate.beginLife(incarnation(++life))
          } else if (one === 'cut') gate.quorumLost()
          else if (one === 'heal') gate.quorumRegained()
          else {
            give(ports[one.from], frame(one.type, one))
            relay.tick((now += one.time))
          }
        }
        expect(relay.out).toBeLessThanOrEqual(acts.length * 2)
        gate.quorumRegained()
        gate.confirmed(incarnation(life), doubt)
        for (const link of Object.values(links)) link.take()
        const fresh = new CollectingLink()
        relay.attachProgram(fresh, 'fresh', true)
        relay.detach(ports.program)
        give(late, frame(FrameType.request, { stamp: version }))
        expect(fresh.take().map(typeOf)).toContain(FrameType.request)
      }),
      { numRuns: 500 },
    )
  })
})

function exchange(bytes: Uint8Array): { slot: number; generation: number } {
  return { slot: readU32(bytes, Offset.slot), generation: readU32(bytes, Offset.generation) }
}
