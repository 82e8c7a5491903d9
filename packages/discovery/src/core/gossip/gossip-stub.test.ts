import { describe, expect, it } from 'vitest'
import { GossipFrameSplitter, gossipFrame } from './gossip-frames.ts'
import { decodeGossipMessage, encodeGossipMessage, type GossipMessage, type GossipType } from './gossip-message.ts'
import { GossipStubCore, type GossipStubEffect, type GossipStubEvent } from './gossip-stub.ts'

const uuid = (digit: string) => ({ kind: 'uuid', uuid: digit.repeat(32) }) as const
const own = { address: uuid('a'), logicalName: 'a', physicalAddress: undefined }
const other = { address: uuid('b'), flags: 1, logicalName: 'b', physicalAddress: undefined }

/** One stub, driven by hand. */
class Stub {
  readonly core = new GossipStubCore({ group: 'g', random: { uint32: () => 0x8000_0000 } })
  nowMs = 0
  effects: readonly GossipStubEffect[] = []

  take(event: GossipStubEvent): this {
    this.effects = this.core.step(event, this.nowMs)
    return this
  }

  connected(): this {
    return this.take({ type: 'start' }).take({ type: 'register', own }).take({ type: 'connected' })
  }

  hear(message: GossipMessage | Uint8Array): this {
    const body = message instanceof Uint8Array ? message : encodeGossipMessage(message)
    return this.take({ type: 'bytes', bytes: gossipFrame(body) })
  }

  get said(): readonly GossipType[] {
    const bytes = Buffer.concat(this.effects.flatMap((effect) => (effect.type === 'write' ? [effect.bytes] : [])))
    return new GossipFrameSplitter(1 << 20).push(bytes).frames.map((frame) => decodeGossipMessage(frame)!.type)
  }

  get kinds(): readonly string[] {
    return this.effects.map(({ type }) => type)
  }
}

describe("a node's side of a gossip router", () => {
  it('B2: registers when it is connected, and again after each reconnect', () => {
    const stub = new Stub().connected()
    expect(stub.said).toEqual(['register'])
    expect(stub.take({ type: 'closed' }).kinds).toEqual(['disconnect'])
    stub.nowMs = stub.core.nextMs!
    expect(stub.take({ type: 'tick' }).kinds).toEqual(['connect'])
    expect(stub.take({ type: 'connected' }).said).toEqual(['register'])
  })

  it('B2: waits longer after each failure, ten seconds at most', () => {
    const stub = new Stub().take({ type: 'start' })
    const pauses: number[] = []
    for (let round = 0; round < 8; round++) {
      stub.take({ type: 'closed' })
      pauses.push(Math.round(stub.core.nextMs! - stub.nowMs))
      stub.nowMs = stub.core.nextMs!
      stub.take({ type: 'tick' })
    }
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
  })

  it.each(['get-mbrs-rsp', 'get-mbrs-rsp-last'] as const)('B2: takes %s for an answer', (type) => {
    const stub = new Stub().connected().take({ type: 'ask' })
    expect(stub.said).toEqual(['get-mbrs'])
    stub.hear({ type, group: 'g', pingData: [other] })
    expect(stub.effects).toEqual([{ type: 'members', members: [other] }])
    expect(stub.hear({ type, group: 'another', pingData: [other] }).effects).toEqual([])
  })

  it('B2: a question before the connection is there is asked as soon as it is', () => {
    const stub = new Stub().take({ type: 'start' }).take({ type: 'ask' })
    expect(stub.effects).toEqual([])
    expect(stub.take({ type: 'connected' }).said).toEqual(['get-mbrs'])
  })

  it('B2: who has no router to ask is told at once', () => {
    const stub = new Stub().take({ type: 'start' }).take({ type: 'ask' }).take({ type: 'closed' })
    expect(stub.effects).toContainEqual({ type: 'members', members: undefined })
    expect(stub.take({ type: 'ask' }).effects).toEqual([{ type: 'members', members: undefined }])
  })

  it('B2: SUSPECT by either number changes nothing', () => {
    const stub = new Stub().connected()
    for (const type of ['suspect', 'heartbeat'] as const)
      expect(stub.hear({ type, group: 'g', address: uuid('b') }).effects).toEqual([])
  })

  it('B2: rubbish ends the connection', () => {
    expect(new Stub().connected().hear(Uint8Array.from([99])).kinds).toEqual(['rubbish', 'disconnect'])
  })

  it('B2: a router that echoed once and does no more is left; an old one that never did is not', () => {
    for (const echoes of [true, false]) {
      const stub = new Stub().connected()
      for (let round = 0; round < 2; round++) {
        stub.nowMs = stub.core.nextMs!
        expect(stub.take({ type: 'tick' }).said).toEqual(['register', 'heartbeat'])
        if (echoes && round === 0) stub.hear({ type: 'heartbeat' })
      }
      stub.nowMs = stub.core.nextMs!
      expect(stub.take({ type: 'tick' }).kinds.includes('disconnect')).toBe(echoes)
    }
  })

  it('B2: a new life takes the place of the old one; a stop takes it out', () => {
    const stub = new Stub().connected()
    stub.take({ type: 'register', own: { ...own, address: uuid('c') } })
    expect(stub.said).toEqual(['unregister', 'register'])
    stub.take({ type: 'stop' })
    expect(stub.said).toEqual(['unregister'])
    expect(stub.kinds.at(-1)).toBe('disconnect')
    expect(stub.take({ type: 'closed' }).effects).toEqual([])
  })
})
