import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GossipFrameSplitter, gossipFrame, gossipGoodbye } from './gossip-frames.ts'
import { decodeGossipMessage, encodeGossipMessage, type GossipMessage } from './gossip-message.ts'
import { GossipRouterCore, type GossipRouterCoreOptions, type GossipRouterEffect } from './gossip-router.ts'

const uuid = (digit: string) => ({ kind: 'uuid', uuid: digit.repeat(32) }) as const
const place = { kind: 'ip', host: '10.0.0.1', port: 7800 } as const
const register = (digit: string, group = 'g'): GossipMessage => ({
  ...{ type: 'register', group, address: uuid(digit), logicalName: digit, physicalAddress: place },
})

/** A router and its clients, driven by hand. */
class Bench {
  readonly core: GossipRouterCore
  nowMs = 0
  effects: readonly GossipRouterEffect[] = []

  constructor(options: GossipRouterCoreOptions = {}) {
    this.core = new GossipRouterCore(options)
  }

  open(...connections: readonly number[]): this {
    for (const connection of connections) this.core.step({ type: 'opened', connection }, this.nowMs)
    return this
  }

  say(connection: number, ...messages: readonly GossipMessage[]): readonly GossipMessage[] {
    return this.bytes(connection, Buffer.concat(messages.map((one) => gossipFrame(encodeGossipMessage(one)))))
  }

  bytes(connection: number, bytes: Uint8Array): readonly GossipMessage[] {
    this.effects = this.core.step({ type: 'bytes', connection, bytes }, this.nowMs)
    return this.sentTo(connection)
  }

  close(connection: number): void {
    this.effects = this.core.step({ type: 'closed', connection }, this.nowMs)
  }

  sentTo(connection: number): readonly GossipMessage[] {
    return this.effects.flatMap((effect) => {
      if (effect.type !== 'send' || effect.connection !== connection) return []
      return new GossipFrameSplitter(1 << 20).push(effect.bytes).frames.map((frame) => decodeGossipMessage(frame)!)
    })
  }

  get closed(): readonly unknown[] {
    return this.effects.flatMap((effect) => (effect.type === 'close' ? [effect.reason ?? 'in order'] : []))
  }
}

const ask = (group?: string): GossipMessage => ({ type: 'get-mbrs', group })
const namesIn = ({ pingData = [] }: GossipMessage) => pingData.map(({ logicalName }) => logicalName)

describe('the gossip router', () => {
  it('B2: tells who is registered in a group, in the answer that every client since 4.0 knows', () => {
    const bench = new Bench().open(1, 2)
    expect(bench.say(1, register('a'))).toEqual([])
    bench.say(2, register('b'), register('c', 'other'))
    const [answer, ...more] = bench.say(1, ask('g'))
    expect(more).toEqual([])
    expect(answer).toMatchObject({ type: 'get-mbrs-rsp', group: 'g' })
    expect(answer!.pingData).toMatchObject([
      { address: uuid('a'), flags: 1, logicalName: 'a', physicalAddress: place },
      { address: uuid('b'), logicalName: 'b' },
    ])
  })

  it("B2: says nothing of a group that it does not know, as JGroups' own", () => {
    expect(new Bench().open(1).say(1, ask('g'), ask())).toEqual([])
  })

  it('B2: asked for all groups it gives an answer for each, the last one marked', () => {
    const bench = new Bench().open(1)
    const answers = bench.say(1, register('a', 'one'), register('b', 'two'), ask())
    expect(answers.map(({ type, group }) => [type, group])).toEqual([
      ['get-mbrs-rsp', '<<all-groups>>:one'],
      ['get-mbrs-rsp-last', '<<all-groups>>:two'],
    ])
  })

  it('B2: takes out who unregisters, and whose connection ends; the others hear of the latter', () => {
    const bench = new Bench().open(1, 2, 3)
    for (const [connection, digit] of [
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ] as const)
      bench.say(connection, register(digit))
    bench.say(2, { type: 'unregister', group: 'g', address: uuid('b') })
    expect(bench.effects).toEqual([])
    bench.close(2)
    expect(bench.effects).toEqual([])
    bench.close(3)
    expect(bench.sentTo(1)).toMatchObject([{ type: 'suspect', group: 'g', address: uuid('c') }])
    expect(bench.say(1, ask('g')).flatMap(namesIn)).toEqual(['a'])
    bench.bytes(1, gossipGoodbye)
    expect(bench.closed).toEqual(['in order'])
    expect(bench.core.registrations).toBe(0)
  })

  it('B2: an entry belongs to the connection that made it last', () => {
    const bench = new Bench().open(1, 2)
    bench.say(1, register('a'))
    bench.say(2, register('a'))
    bench.close(1)
    expect(bench.say(2, ask('g')).flatMap(namesIn)).toEqual(['a'])
  })

  it('B2: passes messages on as they came: to one, or to all but the sender', () => {
    const bench = new Bench().open(1, 2, 3)
    for (const [connection, digit] of [
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ] as const)
      bench.say(connection, register(digit))
    const message = { type: 'message', group: 'g', sender: uuid('a'), payload: Buffer.from('x') } as const
    bench.say(1, message)
    expect([1, 2, 3].map((connection) => bench.sentTo(connection).length)).toEqual([0, 1, 1])
    expect(bench.sentTo(2)[0]).toMatchObject({ type: 'message', sender: uuid('a') })
    bench.say(1, { ...message, address: uuid('c') })
    expect([1, 2, 3].map((connection) => bench.sentTo(connection).length)).toEqual([0, 0, 1])
    bench.say(1, { ...message, address: uuid('f') })
    expect(bench.effects).toEqual([])
  })

  it('B2: echoes a heartbeat', () => {
    const bench = new Bench().open(1)
    bench.bytes(1, Uint8Array.from([0, 0, 0, 12, 5, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0]))
    expect(bench.effects).toHaveLength(1)
    expect((bench.effects[0] as { bytes: Uint8Array }).bytes).toEqual(
      Uint8Array.from([0, 0, 0, 12, 5, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0]),
    )
  })

  it('B2: bounds what a client may register, and what all may', () => {
    const bench = new Bench({ registrationsPerConnection: 2, registrationsMax: 3 }).open(1, 2, 3)
    bench.say(1, register('a'), register('b'), register('a'))
    expect(bench.closed).toEqual([])
    bench.say(1, register('c'))
    expect(bench.closed).toEqual(['too-many'])
    bench.say(2, register('a'), register('b'))
    bench.say(3, register('c'), register('d'))
    expect(bench.closed).toEqual(['too-many'])
    expect(bench.core.registrations).toBe(2)
  })

  describe('asked without end', () => {
    /** 256 members with the longest names, of four connections. */
    const crowd = () => {
      const bench = new Bench().open(1, 2, 3, 4, 5)
      for (let at = 0; at < 256; at++) {
        const address = { kind: 'uuid', uuid: at.toString(16).padStart(32, '0') } as const
        bench.say(1 + (at % 4), { type: 'register', group: 'g', address, logicalName: 'n'.repeat(600) })
      }
      return bench
    }
    const sizeOf = (bench: Bench) =>
      bench.effects.reduce((sum, effect) => sum + (effect.type === 'send' ? effect.bytes.length : 0), 0)
    const times = (count: number, message: GossipMessage) => Array.from({ length: count }, () => message)

    it('B2: answers a group once a step, and as often as it is asked in steps of their own', () => {
      const bench = crowd()
      expect(bench.say(5, ...times(3000, ask('g')))).toHaveLength(1)
      expect(sizeOf(bench)).toBeLessThan(4_000_000)
      expect(bench.closed).toEqual([])
      expect(bench.say(5, ...times(3000, ask()))).toHaveLength(1)
      expect(bench.say(5, ask('g'), ask())).toHaveLength(2)
    })

    it('B2: all askers share the bytes of an answer until somebody comes or goes', () => {
      const bench = crowd()
      const bytesFor = (connection: number) => {
        bench.say(connection, ask('g'))
        return (bench.effects[0] as { bytes: Uint8Array }).bytes
      }
      const first = bytesFor(1)
      expect(bytesFor(5)).toBe(first)
      bench.say(5, register('f'))
      expect(bytesFor(5).length).toBeGreaterThan(first.length)
      bench.close(1)
      expect(bytesFor(5).length).toBeLessThan(first.length)
    })

    it('B2: ends a connection for which one step would queue too much, and reads no more of it', () => {
      const bench = new Bench({ unreadMax: 10_000 }).open(1, 2)
      bench.say(2, register('b'))
      const message = { type: 'message', group: 'g', address: uuid('b'), payload: new Uint8Array(1000) } as const
      bench.say(1, ...times(100, message))
      expect(bench.sentTo(2).length).toBeLessThan(10)
      expect(bench.closed).toEqual(['does-not-read'])
      expect(bench.core.registrations).toBe(0)
      bench.say(1, ...times(3000, { type: 'heartbeat' }), register('a'))
      expect(sizeOf(bench)).toBeLessThan(10_000)
      expect(bench.closed).toEqual(['does-not-read'])
      expect(bench.core.registrations).toBe(0)
    })

    it('B2: the bound is of one step, not of a life', () => {
      const bench = new Bench({ unreadMax: 1000 }).open(1)
      for (let at = 0; at < 100; at++) expect(bench.say(1, { type: 'heartbeat' })).toHaveLength(1)
    })

    it('B2: takes no name that is longer than a node can have, counted in bytes', () => {
      for (const logicalName of ['n'.repeat(601), 'ü'.repeat(301)]) {
        const bench = new Bench().open(1)
        bench.say(1, { ...register('a'), logicalName })
        expect(bench.closed).toEqual(['rubbish'])
        expect(bench.core.registrations).toBe(0)
      }
    })
  })

  it('B2: rubbish and endless frames end the connection, and nothing else', () => {
    const bench = new Bench().open(1, 2)
    bench.say(1, register('a'))
    bench.bytes(2, Uint8Array.from([0x16, 3, 1, 2, 0, 1]))
    expect(bench.closed).toEqual(['frame'])
    bench.open(3).bytes(3, Uint8Array.from([0, 0, 0, 2, 99, 0]))
    expect(bench.closed).toEqual(['rubbish'])
    bench.open(4).say(4, { type: 'register', group: 'g' })
    expect(bench.closed).toEqual(['rubbish'])
    expect(bench.core.registrations).toBe(1)
  })

  it('B2: a silent connection ends when that was asked for', () => {
    const bench = new Bench({ expiryMs: 1000 }).open(1, 2)
    bench.say(1, register('a'))
    bench.nowMs = 900
    bench.say(2, register('b'))
    expect(bench.core.nextMs).toBe(1000)
    bench.effects = bench.core.step({ type: 'tick' }, 1000)
    expect(bench.closed).toEqual(['expired'])
    expect(bench.sentTo(2)).toMatchObject([{ type: 'suspect', address: uuid('a') }])
    expect(new Bench().open(1).core.nextMs).toBeUndefined()
  })

  it('B2: whatever comes in, in whatever order, its counts stay true', () => {
    const digits = fc.constantFrom('a', 'b', 'c')
    const message: fc.Arbitrary<GossipMessage> = fc.oneof(
      digits.map((digit) => register(digit)),
      digits.map((digit) => ({ type: 'unregister', group: 'g', address: uuid(digit) }) as const),
      fc.constant(ask('g')),
    )
    const step = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.oneof(message, fc.constant('close'), fc.uint8Array()))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bench = new Bench().open(1, 2, 3)
        for (const [connection, what] of steps) {
          if (what === 'close') bench.close(connection)
          else if (what instanceof Uint8Array) bench.bytes(connection, what)
          else bench.say(connection, what)
        }
        for (const connection of [1, 2, 3]) bench.close(connection)
        expect(bench.core.registrations).toBe(0)
      }),
    )
  })
})
