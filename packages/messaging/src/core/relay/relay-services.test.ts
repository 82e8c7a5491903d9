import { DeliveryGate, incarnation } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { staticRouting } from '../../../bench/plain-links.ts'
import { CollectingLink, frame, type Given } from '../../simulation/collecting-link.ts'
import { CreditLanes } from '../choosing/credit-lanes.ts'
import {
  addressedPartition,
  Flag,
  FrameType,
  headerBytes,
  noPartition,
  Offset,
  readU32,
} from '../frames/frame-header.ts'
import { serviceId } from '../frames/service-id.ts'
import { Status } from '../frames/status.ts'
import { Relay } from './relay.ts'
import type { RelayPort } from './relay-port.ts'

const typeOf = (bytes: Uint8Array): number => bytes[Offset.type]!
const statusOf = (bytes: Uint8Array): number => readU32(bytes, Offset.status)
const slotOf = (bytes: Uint8Array): number => readU32(bytes, Offset.slot)
const requestOf = (bytes: Uint8Array): number => readU32(bytes, Offset.requestId)
const exchangeOf = (bytes: Uint8Array) => ({ slot: slotOf(bytes), generation: readU32(bytes, Offset.generation) })
const addressed = (key: string, given: Given = {}) =>
  frame(FrameType.request, { partition: addressedPartition, key, keyHash: 1, ...given })
const request = (given: Given) => frame(FrameType.request, { stamp: 1, ...given })

/** Two names with one id. */
const clashing = ['8yn0iYCKYHlIj4-BwPqk', 'GReLUrM4wMqfg9yzV3KQ'] as const

/** The relay of `s0` in a ring of three, with programs, a peer, links to the others, and an own client. */
class Given3 {
  readonly gate = new DeliveryGate(incarnation(1))
  readonly relay = new Relay({ name: 's0', incarnation: 1 }, 0, this.gate)
  readonly peer = new CollectingLink()
  readonly client = new CollectingLink()
  readonly toS1 = new CollectingLink()
  readonly toS2 = new CollectingLink()
  readonly ports: Readonly<Record<'peer' | 'client' | 's1' | 's2', RelayPort>>

  /** @param s2Knows whether s2 is of a version that knows services */
  constructor(mode: 'hash' | 'random' = 'hash', s2Knows = true) {
    const servers = ['s0', 's1', 's2'].map((name) => ({ name, address: '' }))
    this.relay.setRouting(staticRouting(servers, { mode }))
    this.ports = {
      peer: this.relay.attachPeer(this.peer, 'peer', 1, true),
      client: this.relay.attachProgram(this.client, 'client', false, false, { knows: true }),
      s1: this.relay.attachServer(this.toS1, 's1', 1, true),
      s2: this.relay.attachServer(this.toS2, 's2', 1, s2Knows),
    }
  }

  program(serves?: string, knows = true): { link: CollectingLink; port: RelayPort } {
    const link = new CollectingLink()
    return { link, port: this.relay.attachProgram(link, serves ?? 'unnamed', true, false, { knows, serves }) }
  }

  give(from: RelayPort, ...frames: Uint8Array[]): void {
    const bytes = new Uint8Array(Buffer.concat(frames))
    this.relay.onFrames(from, bytes, 0, bytes.length)
  }
}

describe('services at a relay', () => {
  it('F2: a request reaches the programs of its service and no others, each in the turn of its pool', () => {
    const given = new Given3()
    const unnamed = given.program()
    const accounts = [given.program('accounts'), given.program('accounts')]
    const { peer } = given.ports
    const random = { partition: noPartition, stamp: 0 }
    for (let slot = 0; slot < 4; slot++) given.give(peer, request({ slot, ...random, service: 'accounts' }))
    given.give(peer, request({ slot: 4, ...random }))
    expect(accounts.map(({ link }) => link.take().length)).toEqual([2, 2])
    expect(unnamed.link.take().map(typeOf)).toEqual([FrameType.request])
    for (let slot = 5; slot < 25; slot++) {
      given.give(peer, request({ slot, keyHash: 77, service: 'accounts' }), request({ slot: slot + 30, keyHash: slot }))
    }
    // One key, one program.
    expect(accounts.map(({ link }) => link.take().length).sort()).toEqual([0, 20])
    expect(unnamed.link.take()).toHaveLength(20)
    expect(given.peer.take()).toEqual([])
  })

  it('F2: what nobody serves is answered "no service", also once its last program has left', () => {
    const given = new Given3()
    const accounts = given.program('accounts')
    given.program()
    given.give(given.ports.peer, request({ slot: 1, service: 'ledger' }))
    given.relay.stopDelivering(accounts.port)
    given.give(given.ports.peer, request({ slot: 2, service: 'accounts' }))
    expect(given.peer.take().map((bytes) => [slotOf(bytes), statusOf(bytes)])).toEqual([
      [1, Status.noService],
      [2, Status.noService],
    ])
    expect(given.relay.counters.refused).toMatchObject({ noService: 2, noProgram: 0 })
    const bare = new Given3()
    bare.program('accounts')
    bare.give(bare.ports.peer, request({ slot: 3 }))
    expect(bare.peer.take().map(statusOf)).toEqual([Status.noProgram])
  })

  it('F2: ids that share a half are told apart, and a second name of one id is known before it is let in', () => {
    expect(serviceId(clashing[0])).toEqual(serviceId(clashing[1]))
    const given = new Given3()
    given.program(clashing[0])
    expect([given.relay.clashOf(clashing[1]), given.relay.clashOf(clashing[0])]).toEqual([clashing[0], undefined])
    const other = request({ slot: 1, service: clashing[0] })
    // The other half of the id is another one.
    other[headerBytes + 4] = other[headerBytes + 4]! ^ 1
    given.give(given.ports.peer, other)
    expect(given.peer.take().map(statusOf)).toEqual([Status.noService])
  })

  it('F2: a broadcast and a replicate reach programs of their service alone', () => {
    const given = new Given3()
    const [unnamed, accounts] = [given.program(), given.program('accounts')]
    given.give(given.ports.client, frame(FrameType.broadcast, { slot: 1, service: 'accounts' }))
    for (const link of [accounts.link, given.toS1, given.toS2]) {
      const [passed, ...more] = link.take()
      expect([typeOf(passed!), passed![Offset.flags]! & Flag.service, more]).toEqual([1, Flag.service, []])
    }
    given.give(given.ports.client, frame(FrameType.replicate, { slot: 2, stamp: 1, service: 'ledger' }))
    expect(given.client.take().map(statusOf)).toEqual([Status.noService])
    expect(unnamed.link.take()).toEqual([])
  })

  it('K2: a call that waits for its service does not hold up the same key of another one', () => {
    const given = new Given3()
    const unnamed = given.program()
    const { peer } = given.ports
    const waits = { keyHash: 7, flags: Flag.waitsDown }
    given.give(peer, request({ slot: 1, requestId: 1, ...waits, service: 'accounts' }))
    expect(given.peer.take().map(statusOf)).toEqual([Status.noService])
    given.program('accounts')
    given.give(peer, request({ slot: 2, requestId: 2, keyHash: 7, service: 'accounts' }))
    given.give(peer, request({ slot: 3, requestId: 3, keyHash: 7 }))
    given.give(peer, addressed('s0', { slot: 4, requestId: 4, keyHash: 7, service: 'accounts' }))
    expect(given.peer.take().map((bytes) => [slotOf(bytes), statusOf(bytes)])).toEqual([[2, Status.noService]])
    expect(unnamed.link.take().map(requestOf)).toEqual([3])
  })
})

describe('what is addressed at a relay', () => {
  it('F2: goes to the server of that name, whatever keys it owns, and is never "moved"', () => {
    const given = new Given3()
    const { link } = given.program()
    const { client, peer } = given.ports
    given.give(
      client,
      addressed('s1', { slot: 1 }),
      addressed('s0', { slot: 2 }),
      addressed('s2', { slot: 3, stamp: 9 }),
    )
    expect([given.toS1, link, given.toS2].map((one) => one.take().length)).toEqual([1, 1, 1])
    given.give(peer, addressed('s0', { slot: 4, stamp: 99 }))
    expect(link.take()).toHaveLength(1)
    expect([given.client.take(), given.peer.take()]).toEqual([[], []])
  })

  it('D5: the rest of a large one follows it, whatever moves meanwhile', () => {
    const given = new Given3()
    const { link } = given.program()
    const more = { flags: Flag.chunked | Flag.more, service: undefined, body: new Uint8Array(8) }
    const first = addressed('s0', { slot: 1, ...more })
    // The length of the whole body takes the place of the key's beginning.
    const large = new Uint8Array(
      Buffer.concat([first.subarray(0, 40), new Uint8Array([12, 0, 0, 0]), first.subarray(40)]),
    )
    large[0] = large.length - 4
    large[Offset.words] = 11
    given.give(given.ports.peer, large)
    given.relay.setRouting(
      staticRouting(
        ['s1', 's0', 's2'].map((name) => ({ name, address: '' })),
        { version: 2 },
      ),
    )
    given.give(given.ports.peer, frame(FrameType.chunk, { slot: 1, body: new Uint8Array(4) }))
    expect(link.take().map(typeOf)).toEqual([FrameType.request, FrameType.chunk])
    expect(given.peer.take()).toEqual([])
  })

  it('F2: one that is not in the routing is unknown, at once; one without a link is refused as other requests are', () => {
    const given = new Given3()
    given.program()
    given.give(given.ports.client, addressed('s9', { slot: 1 }), addressed('', { slot: 2 }))
    // A peer may address this node, not send on to others.
    given.give(given.ports.peer, addressed('s1', { slot: 3 }))
    given.relay.detach(given.ports.s1)
    given.give(given.ports.client, addressed('s1', { slot: 4 }))
    expect(given.client.take().map(statusOf)).toEqual([Status.unknownServer, Status.unknownServer, Status.noLink])
    expect(given.peer.take().map(statusOf)).toEqual([Status.unknownServer])
    given.relay.setOpening({ name: 's1', incarnation: 1 }, true)
    given.give(given.ports.client, addressed('s1', { slot: 5 }))
    expect([given.client.take(), given.relay.out]).toEqual([[], 1])
  })

  it('M3: waits while this life is unconfirmed, beside a room full of others', () => {
    const given = new Given3()
    const { link } = given.program()
    given.gate.doubted(1)
    for (let slot = 0; slot < 1_025; slot++) given.give(given.ports.peer, request({ slot }))
    expect(given.peer.take().map(statusOf)).toEqual([Status.queueFull])
    given.give(given.ports.peer, addressed('s0', { slot: 2_000, requestId: 5 }))
    expect(given.peer.take()).toEqual([])
    given.gate.confirmed(incarnation(1), 1)
    expect(link.take().map(requestOf)).toContain(5)
  })
})

describe('the credit of services and of what is addressed', () => {
  it('K3: at a program, full of one kind, the other is taken', () => {
    for (const fullOfKeyed of [true, false]) {
      const given = new Given3()
      const { link, port } = given.program()
      const one = (slot: number, isKeyed: boolean) => (isKeyed ? request({ slot }) : addressed('s0', { slot }))
      const credit = fullOfKeyed ? 1_024 : 256
      for (let slot = 0; slot <= credit; slot++) given.give(given.ports.peer, one(slot, fullOfKeyed))
      expect(given.peer.take().map((bytes) => [slotOf(bytes), statusOf(bytes)])).toEqual([[credit, Status.queueFull]])
      given.give(given.ports.peer, one(5_000, !fullOfKeyed))
      const passed = link.take()
      expect([passed.length, given.peer.take()]).toEqual([credit + 1, []])
      given.give(port, frame(FrameType.reply, exchangeOf(passed[0]!)))
      given.give(given.ports.peer, one(5_001, fullOfKeyed))
      expect([link.take().length, given.peer.take().map(typeOf)]).toEqual([1, [FrameType.reply]])
    }
  })

  it('K3: at a server, each service has its own, and what is addressed to it another', () => {
    const given = new Given3('random')
    given.relay.detach(given.ports.s2)
    let slot = 0
    /** Until one is refused: how many were taken. */
    const fill = (next: () => Uint8Array): number => {
      for (let taken = 0; ; taken++) {
        given.give(given.ports.client, next())
        if (given.client.take().map(statusOf).includes(Status.queueFull)) return taken
      }
    }
    const random = { partition: noPartition, stamp: 0 }
    expect(fill(() => request({ slot: slot++, ...random }))).toBe(4_096)
    expect(fill(() => request({ slot: slot++, ...random, service: 'a' }))).toBe(4_096)
    expect(fill(() => request({ slot: slot++, ...random, service: 'b' }))).toBe(4_096)
    expect(fill(() => addressed('s1', { slot: slot++ }))).toBe(1_024)
    expect(fill(() => addressed('s1', { slot: slot++, service: 'b' }))).toBe(1_024)
    const first = given.toS1.take()[0]!
    given.give(given.ports.s1, frame(FrameType.reply, exchangeOf(first)))
    expect(fill(() => request({ slot: slot++, ...random }))).toBe(1)
  })

  it('K3: unwritten bytes of one kind do not refuse the other; both are bounded', () => {
    const given = new Given3()
    given.relay.setRouting(staticRouting(['s1', 's0', 's2'].map((name) => ({ name, address: '' }))))
    const body = new Uint8Array(60_000)
    given.toS1.queuedBytes = 16 * 1024 * 1024
    given.give(given.ports.client, request({ slot: 1, body }), addressed('s1', { slot: 2, body }))
    expect(given.client.take().map((bytes) => [slotOf(bytes), statusOf(bytes)])).toEqual([[1, Status.queueFull]])
    let slot = 10
    while (given.client.frames.length === 0) given.give(given.ports.client, addressed('s1', { slot: slot++, body }))
    const taken = given.ports.s1.exchanges.addressedBytes
    expect(taken).toBeGreaterThan(16 * 1024 * 1024)
    expect(taken).toBeLessThan(16 * 1024 * 1024 + 2 * body.length)
    given.client.take()
    // All of it may still be on the link: it is not counted against the others.
    given.toS1.queuedBytes = taken
    given.give(given.ports.client, request({ slot: 2, body }))
    expect(given.client.take()).toEqual([])
    given.toS1.queuedBytes = 32 * 1024 * 1024
    given.give(given.ports.client, request({ slot: 3, body }))
    expect(given.client.take().map(statusOf)).toEqual([Status.queueFull])
    for (const passed of given.toS1.take()) given.give(given.ports.s1, frame(FrameType.reply, exchangeOf(passed)))
    expect(given.ports.s1.exchanges.addressedBytes).toBe(0)
  })

  it('K3: lanes go to services as they are asked; one that is empty is given on, and none is missing', () => {
    const lanes = new CreditLanes()
    const laneOf = (name: string) => lanes.of(frame(FrameType.request, { service: name }), 0)
    const given = Array.from({ length: 126 }, (_, place) => laneOf(`s${place}`))
    expect(new Set(given).size).toBe(126)
    for (const lane of given) lanes.opened(lane)
    const shared = laneOf('one more')
    expect([given.includes(shared), laneOf('and another')]).toEqual([false, shared])
    lanes.ended(given[40]!)
    expect(laneOf('one more')).toBe(given[40])
    expect([laneOf('s39'), laneOf('s40')]).toEqual([given[39], given[40]])
    lanes.opened(laneOf('s40'))
    expect(laneOf('one more')).toBe(shared)
  })
})

describe('the version before', () => {
  it('F6: is never sent a service or an address; the asker hears so at once, and which server it is', () => {
    const given = new Given3('hash', false)
    const { client } = given.ports
    const partition = 2
    given.give(client, request({ slot: 1, partition, service: 'accounts' }), addressed('s2', { slot: 2 }))
    expect(given.client.take().map((bytes) => [statusOf(bytes), readU32(bytes, Offset.server)])).toEqual([
      [Status.oldVersion, 2],
      [Status.oldVersion, 2],
    ])
    given.give(client, request({ slot: 3, partition }))
    expect(given.toS2.take().map(slotOf)).toHaveLength(1)
    given.give(client, frame(FrameType.broadcast, { slot: 4, service: 'accounts' }))
    expect([given.toS1.take().length, given.toS2.take().length]).toEqual([1, 0])
    expect(given.client.take().map(statusOf)).toEqual([Status.noService, Status.oldVersion])
  })

  it('F6: in random mode others are asked for a service; with nobody else the asker hears so', () => {
    const given = new Given3('random', false)
    const random = { partition: noPartition, stamp: 0, service: 'accounts' }
    for (let slot = 0; slot < 6; slot++) given.give(given.ports.client, request({ slot, ...random }))
    expect([given.toS1.take().length, given.toS2.take().length, given.client.take()]).toEqual([6, 0, []])
    given.relay.detach(given.ports.s1)
    given.client.take()
    given.relay.setRouting(staticRouting([{ name: 's2', address: '' }], { mode: 'random' }))
    given.give(given.ports.client, request({ slot: 9, ...random }))
    expect(given.client.take().map(statusOf)).toEqual([Status.oldVersion])
  })

  it('F6: what a node or program of it sends is for the unnamed service, whatever its unknown bits say', () => {
    const given = new Given3()
    const [unnamed, accounts] = [given.program(undefined, false), given.program('accounts')]
    const old = given.relay.attachPeer(new CollectingLink(), 'old', 1)
    const oldClient = given.relay.attachProgram(new CollectingLink(), 'old client', false)
    given.give(old, request({ slot: 1, service: 'accounts' }), request({ slot: 2, flags: Flag.service }))
    given.give(oldClient, request({ slot: 3, partition: 1, flags: Flag.service }))
    expect(accounts.link.take()).toEqual([])
    const passed = [...unnamed.link.take(), ...given.toS1.take()]
    expect(passed.map((bytes) => bytes[Offset.flags])).toEqual([0, 0, 0])
  })

  it('F6: a program of it is not handed what is addressed, and others of its service are', () => {
    const given = new Given3()
    const old = given.program(undefined, false)
    given.give(given.ports.peer, addressed('s0', { slot: 1 }), request({ slot: 2 }))
    expect(given.peer.take().map((bytes) => [slotOf(bytes), statusOf(bytes)])).toEqual([[1, Status.oldVersion]])
    expect(old.link.take()).toHaveLength(1)
    const present = given.program()
    for (let slot = 3; slot < 9; slot++) given.give(given.ports.peer, addressed('s0', { slot }))
    expect([old.link.take().length, present.link.take().length]).toEqual([0, 6])
  })

  it('D5: the partition of addresses exists nowhere on a link that knows none', () => {
    const given = new Given3()
    given.program()
    const link = new CollectingLink()
    const old = given.relay.attachPeer(link, 'old', 1)
    given.give(old, addressed('s0', { slot: 1, stamp: 1 }))
    expect(link.take().map(statusOf)).toEqual([Status.moved])
  })
})
