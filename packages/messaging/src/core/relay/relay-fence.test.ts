import { DeliveryGate, incarnation } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { staticRouting } from '../../../bench/plain-links.ts'
import { CollectingLink, frame, type Given } from '../../simulation/collecting-link.ts'
import {
  addressedPartition,
  Flag,
  FrameType,
  headerBytes,
  noPartition,
  Offset,
  readU32,
  readU48,
} from '../frames/frame-header.ts'
import { Status } from '../frames/status.ts'
import { Relay } from './relay.ts'
import type { RelayPort } from './relay-port.ts'
import { soundRelayRules } from './rules.ts'

const statusOf = (bytes: Uint8Array): number => readU32(bytes, Offset.status)
const slotOf = (bytes: Uint8Array): number => readU32(bytes, Offset.slot)
const idOf = (bytes: Uint8Array): number => readU32(bytes, Offset.requestId)
const typeOf = (bytes: Uint8Array): number => bytes[Offset.type]!
const exchange = (bytes: Uint8Array) => ({ slot: slotOf(bytes), generation: readU32(bytes, Offset.generation) })

const open = (version: number, changedAt = 1) => {
  const one = staticRouting([{ name: 's0', address: '' }], { version })
  return { ...one, changedAt: new Float64Array(one.partitions).fill(changedAt) }
}
/** Partition 0 is closing, the others are not. */
const closing = (version: number, closedAt = version) => {
  const one = open(version)
  const partitions = new Uint8Array(one.partitions)
  partitions[0] = 1
  return { ...one, closing: { version: closedAt, partitions } }
}

/** A server's relay with a program, which knows of moves or not, and two peers. */
function server(knowsMoves = true, rules = soundRelayRules) {
  const gate = new DeliveryGate(incarnation(1))
  const relay = new Relay({ name: 's0', incarnation: 1 }, 0, gate, rules)
  const drained: number[] = []
  relay.onDrained = (version) => drained.push(version)
  relay.setRouting(open(1))
  const links = { program: new CollectingLink(), peer: new CollectingLink(), other: new CollectingLink() }
  const services = { knows: true, credit: true, moves: knowsMoves }
  const ports = {
    program: relay.attachProgram(links.program, 'program', true, false, services),
    peer: relay.attachPeer(links.peer, 'peer', 1, true, true),
    other: relay.attachPeer(links.other, 'other', 1, true, true),
  }
  const give = (port: RelayPort, ...frames: Uint8Array[]): void => {
    const bytes = new Uint8Array(Buffer.concat(frames))
    relay.onFrames(port, bytes, 0, bytes.length)
  }
  const ask = (slot: number, given: Given = {}): void => {
    give(ports.peer, frame(FrameType.request, { slot, requestId: slot, stamp: 1, ...given }))
  }
  const ended = (...at: { readonly slot: number; readonly generation: number }[]): Uint8Array => {
    const body = new Uint8Array(at.length * 8)
    const view = new DataView(body.buffer)
    for (const [index, { slot, generation }] of at.entries()) {
      view.setUint32(index * 8, slot, true)
      view.setUint32(index * 8 + 4, generation, true)
    }
    return frame(FrameType.ack, { body })
  }
  return { relay, gate, links, ports, drained, give, ask, ended }
}

describe('a fence', () => {
  it('D3: nothing of a closing partition is given to a program; what else is asked passes', () => {
    const { relay, links, ports, give, ask } = server()
    relay.setRouting(closing(2))
    ask(1)
    give(ports.peer, frame(FrameType.oneWay, { slot: 2, requestId: 2, stamp: 1 }))
    ask(3, { partition: 1 })
    ask(4, { partition: noPartition })
    ask(5, { partition: addressedPartition, key: 's0' })
    expect(links.program.take().map(idOf)).toEqual([3, 4, 5])
    expect([links.peer.take(), relay.counters.held, relay.out]).toEqual([[], 2, 5])
  })

  it('D3: likewise what names a service, and what a program here asks', () => {
    const { relay, links, ports, give, ask } = server()
    const named = new CollectingLink()
    relay.attachProgram(named, 'ledger', true, false, { knows: true, serves: 'accounts', moves: true })
    relay.setRouting(closing(2))
    ask(1, { service: 'accounts' })
    ask(2, { service: 'accounts', partition: 1 })
    give(ports.program, frame(FrameType.request, { slot: 3, requestId: 3, stamp: 1 }))
    expect([named.take().map(idOf), links.program.take()]).toEqual([[2], []])
    relay.setRouting(open(3))
    expect([named.take().map(idOf), links.program.take().map(idOf)]).toEqual([[1], [3]])
  })

  it('D4: OPEN lets what waited go to the programs, in order', () => {
    const { relay, links, ask } = server()
    relay.setRouting(closing(2))
    for (let slot = 1; slot <= 20; slot++) ask(slot)
    // A view that changes meanwhile ends nothing.
    relay.setRouting(closing(3, 2))
    expect(links.program.take()).toEqual([])
    relay.setRouting(open(4))
    expect(links.program.take().map(idOf)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    expect(links.peer.take()).toEqual([])
  })

  it('D5: COMMIT sends what waited to where it went, in order', () => {
    const { relay, links, ask } = server()
    relay.setRouting(closing(2))
    for (let slot = 1; slot <= 20; slot++) ask(slot)
    relay.setRouting(open(3, 3))
    const answers = links.peer.take()
    expect(links.program.take()).toEqual([])
    expect(answers.map(slotOf)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    expect(new Set(answers.map((one) => `${statusOf(one)} ${readU48(one, Offset.tableVersion)}`))).toEqual(
      new Set([`${Status.moved} 3`]),
    )
  })

  it('K1: what waits is given back before its deadline as "moved", so that its origin knows', () => {
    const { relay, links, ask } = server()
    relay.setRouting(closing(2))
    ask(1, { deadline: 1_000 })
    ask(2, { deadline: 50 })
    expect(links.peer.take().map((one) => [slotOf(one), statusOf(one)])).toEqual([[2, Status.moved]])
    relay.tick(900)
    expect(links.peer.take()).toEqual([])
    relay.tick(940)
    const [back] = links.peer.take()
    // The next version may end the wait, whichever that is.
    expect([statusOf(back!), readU48(back!, Offset.tableVersion), relay.out]).toEqual([Status.moved, 3, 0])
  })

  it('K1: what was given back for its deadline holds up nothing that follows', () => {
    const { relay, links, ask } = server()
    relay.setRouting(closing(2))
    ask(1, { deadline: 50 })
    ask(2)
    links.peer.take()
    relay.setRouting(open(3))
    expect([links.program.take().map(idOf), links.peer.take()]).toEqual([[2], []])
  })

  it('K1: a CANCEL finds what waits, and a link that ends takes it along', () => {
    const { relay, links, ports, give, ask } = server()
    relay.setRouting(closing(2))
    ask(1)
    ask(2)
    give(ports.peer, frame(FrameType.cancel, { slot: 1 }))
    expect(links.peer.take().map(statusOf)).toEqual([Status.cancelled])
    relay.detach(ports.peer)
    expect(relay.out).toBe(0)
  })

  it('M3: a node that is expelled, or stops, ends what waits', () => {
    for (const end of ['expelled', 'stopping'] as const) {
      const { relay, gate, links, ask } = server()
      relay.setRouting(closing(2))
      ask(1)
      if (end === 'stopping') gate.stop()
      else gate.expelled(incarnation(1))
      expect(links.peer.take().map(statusOf), end).toEqual([Status.closing])
    }
  })

  it('M3: after a pause what waited too long is overdue', () => {
    const { relay, links, ask } = server()
    relay.setRouting(closing(2))
    ask(1, { deadline: 1_000 })
    relay.resumed(5_000)
    relay.tick(5_000)
    expect(links.peer.take().map(statusOf)).toEqual([Status.overdue])
  })

  it('D5: what there is no room for is sent back with the next version, and later ones of its partition with it', () => {
    const { relay, links, ask, ports, give } = server()
    relay.setRouting(closing(2))
    for (let slot = 0; slot < 1_026; slot++) ask(slot)
    const back = links.peer.take()
    expect(back.map((one) => [slotOf(one), statusOf(one), readU48(one, Offset.tableVersion)])).toEqual([
      [1_024, Status.moved, 3],
      [1_025, Status.moved, 3],
    ])
    // Others have room of their own.
    give(ports.other, frame(FrameType.request, { slot: 1, stamp: 1 }))
    expect(links.other.take()).toEqual([])
    relay.setRouting(open(3))
    // It was under way when the fence was lifted.
    ask(1_026)
    expect(links.program.take().map(idOf)).not.toContain(1_026)
    expect(links.peer.take().map((one) => [slotOf(one), statusOf(one)])).toContainEqual([1_026, Status.moved])
  })

  it('K3: what more waits than a program has credit for comes back in order, and nothing is refused as "queue full"', () => {
    const { relay, links, ports, ask, give } = server()
    ask(5_000, { partition: 1 })
    const [running] = links.program.take()
    relay.setRouting(closing(2))
    for (let slot = 0; slot < 1_024; slot++) ask(slot)
    relay.setRouting(open(3))
    expect(links.program.take().length).toBe(1_023)
    expect(links.peer.take().map((one) => [slotOf(one), statusOf(one)])).toEqual([[1_023, Status.moved]])
    give(ports.program, frame(FrameType.reply, exchange(running!)))
    // There is room, and yet nothing overtakes.
    ask(1_024)
    expect(links.peer.take().map(statusOf)).toEqual([0, Status.moved])
    ask(1_023)
    expect(links.program.take().map(idOf)).toEqual([1_023])
    // Long after the move a full program is a full program.
    relay.tick(6_000)
    ask(1_024)
    expect(links.peer.take().map(statusOf)).toEqual([Status.queueFull])
  })

  it('D3: a large body that is not whole when its partition closes is sent again later, and never begun', () => {
    const { relay, links, ports, drained, give } = server()
    const flags = Flag.chunked | Flag.more
    const first = frame(FrameType.request, { slot: 1, stamp: 1, flags, body: new Uint8Array(8) })
    give(ports.peer, first.fill(headerBytes / 4 + 1, Offset.words, Offset.words + 1))
    links.program.take()
    relay.setRouting(closing(2))
    expect(links.program.take().map(typeOf)).toEqual([FrameType.cancel])
    expect(links.peer.take().map((one) => [statusOf(one), readU48(one, Offset.tableVersion)])).toEqual([
      [Status.moved, 3],
    ])
    give(ports.peer, frame(FrameType.chunk, { slot: 1, body: new Uint8Array(8) }))
    expect([links.program.take(), drained]).toEqual([[], [2]])
  })

  it('D3: a large body of a closing partition waits with its chunks, as far as there is room', () => {
    const { relay, links, ports, give } = server()
    relay.setRouting(closing(2))
    const flags = Flag.chunked | Flag.more
    for (const slot of [1, 2]) {
      const first = frame(FrameType.request, { slot, requestId: slot, stamp: 1, flags, body: new Uint8Array(8) })
      give(ports.peer, first.fill(headerBytes / 4 + 1, Offset.words, Offset.words + 1))
    }
    give(ports.peer, frame(FrameType.chunk, { slot: 1, body: new Uint8Array(8) }))
    for (let part = 0; part < 40; part++)
      give(ports.peer, frame(FrameType.chunk, { slot: 2, flags: Flag.more, body: new Uint8Array(60_000) }))
    expect(links.peer.take().map((one) => [slotOf(one), statusOf(one)])).toEqual([[2, Status.moved]])
    relay.setRouting(open(3))
    expect(links.program.take().map(typeOf)).toEqual([FrameType.request, FrameType.chunk])
  })

  it('D3: REPLICATE waits as a whole at the node of its asker', () => {
    const { relay, links, ports, give } = server()
    relay.setRouting(closing(2))
    give(ports.program, frame(FrameType.replicate, { slot: 1, requestId: 1, stamp: 1 }))
    give(ports.program, frame(FrameType.broadcast, { slot: 2, requestId: 2, partition: noPartition }))
    expect(links.program.take().map(idOf)).toEqual([2])
    relay.setRouting(open(3))
    expect(links.program.take().map(idOf)).toEqual([1])
    relay.setRouting(closing(4))
    give(ports.program, frame(FrameType.replicate, { slot: 3, requestId: 3, stamp: 1 }))
    relay.setRouting(open(5, 5))
    expect(links.program.take().map((one) => [typeOf(one), slotOf(one), statusOf(one)])).toEqual([
      [FrameType.failed, 3, Status.moved],
    ])
  })
})

describe('draining', () => {
  it('D3: it is told at once when nothing is out, once for each version that closes', () => {
    const { relay, drained } = server()
    relay.setRouting(closing(2))
    relay.setRouting(closing(3, 2))
    relay.tick(100)
    expect(drained).toEqual([2])
    relay.setRouting(closing(4))
    expect(drained).toEqual([2, 4])
  })

  it('D3: it waits for what was given to programs: answers, acknowledgements, failures; of closing partitions only', () => {
    const { relay, links, ports, drained, give, ask, ended } = server()
    ask(1)
    give(ports.peer, frame(FrameType.oneWay, { slot: 2, stamp: 1 }))
    ask(3)
    ask(4, { partition: 1 })
    const [one, two, three] = links.program.take()
    relay.setRouting(closing(2))
    give(ports.program, frame(FrameType.reply, exchange(one!)))
    give(ports.program, ended(exchange(two!)))
    expect(drained).toEqual([])
    give(ports.program, frame(FrameType.failed, { ...exchange(three!), status: Status.handlerFailed }))
    expect(drained).toEqual([2])
  })

  it('D3: a program whose link ends has nothing out', () => {
    const { relay, ports, drained, ask } = server()
    ask(1)
    relay.setRouting(closing(2))
    expect(drained).toEqual([])
    relay.detach(ports.program)
    expect(drained).toEqual([2])
  })

  it.each([Status.cancelledRunning, Status.overdueRunning])(
    'D3: a handler that was given up, by status %d, counts until its program says that it has ended',
    (status) => {
      const { relay, links, ports, drained, give, ask, ended } = server()
      ask(1)
      const [one] = links.program.take()
      give(ports.program, frame(FrameType.failed, { ...exchange(one!), status }))
      relay.setRouting(closing(2))
      expect(drained).toEqual([])
      give(ports.program, ended(exchange(one!)))
      expect([drained, links.peer.take().length]).toEqual([[2], 1])
    },
  )

  it('D3: so does one that the relay gave up by itself, whatever late answer it has', () => {
    for (const late of ['reply', 'failed', 'link'] as const) {
      const { relay, links, ports, drained, give, ask, ended } = server()
      ask(1, { deadline: 100 })
      const [one] = links.program.take()
      relay.tick(2_000)
      expect(relay.counters.expired).toBe(1)
      relay.setRouting(closing(2))
      expect(drained).toEqual([])
      if (late === 'reply') give(ports.program, frame(FrameType.reply, exchange(one!)))
      else if (late === 'link') relay.detach(ports.program)
      else {
        // The answer to CANCEL: it still runs.
        give(ports.program, frame(FrameType.failed, { ...exchange(one!), status: Status.cancelledRunning }))
        expect(drained).toEqual([])
        give(ports.program, ended(exchange(one!)))
      }
      expect(drained, late).toEqual([2])
    }
  })

  it('D3: one that was never started does not count: CANCEL found it in the queue of its program', () => {
    const { relay, links, ports, drained, give, ask } = server()
    ask(1)
    const [one] = links.program.take()
    give(ports.program, frame(FrameType.failed, { ...exchange(one!), status: Status.cancelled }))
    relay.setRouting(closing(2))
    expect(drained).toEqual([2])
  })

  it('D3: of a program that does not say when they end, what was given up is not waited for', () => {
    const { relay, links, ports, drained, give, ask } = server(false)
    ask(1)
    const [one] = links.program.take()
    give(ports.program, frame(FrameType.failed, { ...exchange(one!), status: Status.cancelledRunning }))
    relay.setRouting(closing(2))
    expect(drained).toEqual([2])
  })

  it('D3: memory for those that were given up is bounded; beyond it only the end of the link is believed', () => {
    const { relay, links, ports, drained, give, ask, ended } = server()
    const exchanges = []
    for (let slot = 0; slot <= 16_384; slot++) {
      ask(slot % 1_000)
      const at = exchange(links.program.take()[0]!)
      exchanges.push(at)
      give(ports.program, frame(FrameType.failed, { ...at, status: Status.cancelledRunning }))
    }
    for (const at of exchanges) give(ports.program, ended(at))
    relay.setRouting(closing(2))
    expect(drained).toEqual([])
    relay.detach(ports.program)
    expect(drained).toEqual([2])
  })

  it('D3: a large answer counts until it begins, a stream until it opens', () => {
    const { relay, links, ports, drained, give, ask } = server()
    ask(1)
    const [one] = links.program.take()
    relay.setRouting(closing(2))
    const flags = Flag.chunked | Flag.more
    const first = frame(FrameType.reply, { ...exchange(one!), flags, body: new Uint8Array(4) })
    give(ports.program, first.fill(headerBytes / 4 + 1, Offset.words, Offset.words + 1))
    expect([drained, relay.out]).toEqual([[2], 1])
  })

  it('D3: large answers that are broken off, and what has no key, leave nothing that would count for ever', () => {
    const { relay, links, ports, drained, give, ask } = server()
    for (let time = 0; time < 16_400; time++) {
      const given = time % 2 === 0 ? { partition: 0 } : { partition: noPartition }
      ask(1, given)
      const at = exchange(links.program.take()[0]!)
      const first = frame(FrameType.reply, { ...at, flags: Flag.chunked | Flag.more, body: new Uint8Array(4) })
      if (time % 2 === 0) give(ports.program, first.fill(headerBytes / 4 + 1, Offset.words, Offset.words + 1))
      give(ports.program, frame(FrameType.failed, { ...at, status: Status.cancelledRunning }))
    }
    relay.setRouting(closing(2))
    expect(drained).toEqual([2])
  })

  it('D3: a slave drains nothing', () => {
    const relay = new Relay(undefined, 0)
    const drained: number[] = []
    relay.onDrained = (version) => drained.push(version)
    relay.setRouting(closing(2))
    expect(drained).toEqual([])
  })
})
