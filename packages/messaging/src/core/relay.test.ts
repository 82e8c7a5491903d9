import type { Link } from '@ring/platform'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { staticRouting } from '../../bench/plain-links.ts'
import {
  FrameType,
  headerBytes,
  noPartition,
  Offset,
  readU32,
  readU48,
  writeHeader,
  writeU32,
  writeU48,
} from './frame-header.ts'
import { Relay } from './relay.ts'
import type { RelayPort } from './relay-port.ts'
import { Status } from './status.ts'

/** A link that keeps what it is given, frame by frame. */
class CollectingLink implements Link {
  isOpen = true
  queuedBytes = 0
  wasDestroyed = false
  frames: Buffer[] = []

  write(source: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const next = at + 4 + readU32(source, at)
      expect(next).toBeLessThanOrEqual(end)
      this.frames.push(Buffer.from(source.subarray(at, next)))
      at = next
    }
  }
  close(): void {
    this.isOpen = false
  }
  destroy(): void {
    this.isOpen = false
    this.wasDestroyed = true
  }
  take(): Buffer[] {
    return this.frames.splice(0)
  }
}

interface Given {
  readonly slot?: number
  readonly generation?: number
  readonly partition?: number
  readonly stamp?: number
  readonly deadline?: number
  readonly status?: number
  readonly body?: Uint8Array
  readonly flags?: number
}

function frame(type: number, given: Given = {}): Uint8Array {
  const body = given.body ?? new Uint8Array(0)
  const bytes = new Uint8Array(headerBytes + body.length)
  writeHeader(bytes, 0, type, given.flags ?? 0, body.length)
  writeU32(bytes, Offset.slot, given.slot ?? 0)
  writeU32(bytes, Offset.generation, given.generation ?? 1)
  writeU32(bytes, Offset.requestId, 4_711)
  writeU32(bytes, Offset.partition, given.status ?? given.partition ?? 0)
  writeU48(bytes, Offset.tableVersion, given.stamp ?? 0)
  writeU32(bytes, Offset.deadline, given.deadline ?? 0)
  bytes.set(body, headerBytes)
  return bytes
}

const typeOf = (bytes: Uint8Array): number => bytes[Offset.type]!
const statusOf = (bytes: Uint8Array): number => readU32(bytes, Offset.status)
const exchangeOf = (bytes: Uint8Array): number[] => [readU32(bytes, Offset.slot), readU32(bytes, Offset.generation)]

const routing = (version = 1) => staticRouting([{ name: 's0', address: '' }], { version })

/** A server's relay with one program and two peers. */
function serverRelay() {
  const relay = new Relay({ name: 's0', incarnation: 1 }, 0)
  relay.setRouting(routing())
  const links = { program: new CollectingLink(), peer: new CollectingLink(), other: new CollectingLink() }
  const ports = {
    program: relay.attachProgram(links.program, 'program', true),
    peer: relay.attachPeer(links.peer, 'peer', 1),
    other: relay.attachPeer(links.other, 'other', 1),
  }
  const give = (port: RelayPort, ...frames: Uint8Array[]): void => {
    const bytes = new Uint8Array(Buffer.concat(frames))
    relay.onFrames(port, bytes, 0, bytes.length)
  }
  return { relay, links, ports, give }
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

  it('M3: delivers nothing while suspended; then all in order, or "closing" if this life was expelled', () => {
    const { relay, links, ports, give } = serverRelay()
    relay.suspendDelivery()
    give(ports.peer, frame(FrameType.request, { slot: 1, stamp: 1 }), frame(FrameType.request, { slot: 2, stamp: 1 }))
    expect([links.program.take().length, links.peer.take().length]).toEqual([0, 0])
    relay.resumeDelivery({ expelled: false })
    expect(links.program.take().map(typeOf)).toEqual([FrameType.request, FrameType.request])
    relay.suspendDelivery()
    give(ports.peer, frame(FrameType.request, { slot: 3, stamp: 1 }))
    relay.resumeDelivery({ expelled: true })
    give(ports.peer, frame(FrameType.request, { slot: 4, stamp: 1 }))
    expect(links.peer.take().map(statusOf)).toEqual([Status.closing, Status.closing])
    expect(links.program.take()).toEqual([])
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
      type: fc.oneof(fc.constantFrom(1, 2, 3, 4, 5, 6, 16, 17, 18, 19, 32, 33), fc.nat(255)),
      flags: fc.nat(63),
      slot: fc.oneof(fc.nat(5), fc.nat(0xffff_ffff)),
      generation: fc.nat(4),
      partition: fc.oneof(fc.nat(70), fc.constant(noPartition)),
      stamp: fc.nat(3),
      deadline: fc.nat(50),
      body: fc.uint8Array({ maxLength: 40 }),
      time: fc.nat(30),
    })
    const act = fc.oneof(
      { weight: 20, arbitrary: noise },
      fc.constantFrom('move', 'suspend', 'resume', 'expel' as const),
    )
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const { relay, links, ports, give } = serverRelay()
        const late = relay.attachPeer(new CollectingLink(), 'late', 1)
        let version = 1
        let now = 0
        for (const one of acts) {
          if (one === 'move') relay.setRouting(routing(++version))
          else if (one === 'suspend') relay.suspendDelivery()
          else if (one === 'resume' || one === 'expel') relay.resumeDelivery({ expelled: one === 'expel' })
          else {
            give(ports[one.from], frame(one.type, one))
            relay.tick((now += one.time))
          }
        }
        expect(relay.out).toBeLessThanOrEqual(acts.length * 2)
        relay.resumeDelivery({ expelled: false })
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
