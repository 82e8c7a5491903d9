import {
  address,
  type DatagramHandler,
  type DatagramSource,
  incarnation,
  type Logger,
  type Multicast,
  type Network,
  nodeName,
  silent,
} from '@ring/platform'
import { describe, expect, it } from 'vitest'
import type { Answer, DiscoveryMessage, Standing } from '../core/answer.ts'
import { answerDelayMs } from './multicast-answering.ts'
import { MulticastDiscovery } from './multicast-discovery.ts'
import { mpingMulticast } from './ping-discovery.ts'

/** A network segment in memory: everybody hears every cast, at once. */
class Segment {
  readonly sent: { readonly bytes: Uint8Array; readonly from: DatagramSource }[] = []
  readonly #handlers: DatagramHandler[] = []

  open(handler: DatagramHandler): Multicast {
    const from = { host: `10.0.0.${this.#handlers.length + 1}`, port: this.#handlers.length }
    this.#handlers.push(handler)
    return {
      cast: (bytes) => this.inject(bytes, from),
      answer: (to, bytes) => {
        this.sent.push({ bytes, from })
        queueMicrotask(() => this.#handlers[to.port]?.(bytes, from))
      },
      close: () => undefined,
    }
  }

  inject(bytes: Uint8Array, from: DatagramSource): void {
    this.sent.push({ bytes, from })
    queueMicrotask(() => {
      for (const handler of this.#handlers) handler(bytes, from)
    })
  }
}

/** Time that stands unless it is moved. */
class Time {
  nowMs = 0
  readonly #timers = new Set<{ readonly atMs: number; readonly run: () => void }>()
  readonly clock = {
    monotonicMs: () => this.nowMs,
    wallMs: () => 1_800_000_000_000 + this.nowMs,
    after: (delayMs: number, run: () => void) => {
      const timer = { atMs: this.nowMs + delayMs, run }
      this.#timers.add(timer)
      return { cancel: () => this.#timers.delete(timer) }
    },
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms
    for (;;) {
      await Promise.resolve()
      await Promise.resolve()
      const next = [...this.#timers].sort((one, other) => one.atMs - other.atMs)[0]
      if (!next || next.atMs > untilMs) break
      this.#timers.delete(next)
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.run()
    }
    this.nowMs = untilMs
    await Promise.resolve()
  }
}

interface Options {
  readonly keys?: readonly Uint8Array[]
  readonly group?: string
  readonly answerBy?: 'datagram' | 'link'
  readonly standing?: Standing
  readonly network?: Partial<Network>
  readonly logger?: Logger
  readonly sends?: (message: DiscoveryMessage) => void
}

const key = new Uint8Array(32).fill(1)
const network: Network = {
  learn: () => undefined,
  send: () => undefined,
  probe: () => undefined,
  isLinked: () => false,
  disconnect: () => undefined,
  beginLife: () => undefined,
}

function node(name: string, segment: Segment, time: Time, options: Options = {}): MulticastDiscovery {
  const self = { name: nodeName(name), role: 'server' as const, address: address(name) }
  const { standing = { kind: 'newcomer' }, keys = [key], group = 'g', answerBy = 'datagram' } = options
  const answer: Answer = { ...self, incarnation: incarnation(1), voterId: 'v', standing }
  return new MulticastDiscovery(
    {
      ...{ clock: time.clock, random: { uint32: () => 0 }, logger: options.logger ?? silent, self },
      network: { ...network, ...options.network },
      incarnation: () => incarnation(1),
      answer: () => answer,
      send: (_to, message) => options.sends?.(message),
    },
    answerBy,
    { group, keys: () => keys, open: (handler) => segment.open(handler) },
    mpingMulticast,
  )
}

async function find(discovery: MulticastDiscovery, time: Time): Promise<readonly string[]> {
  let found: readonly Answer[] = []
  discovery.find({ addresses: [], timeoutMs: 1000, firstMemberIsEnough: false }, (answers) => {
    found = answers
  })
  await time.pass(1000)
  return found.map(({ name }) => name)
}

describe('F1: what others can do with datagrams', () => {
  it('F1: a foreign group is not found, and not answered; it is counted, and said once', async () => {
    const [segment, time, lines] = [new Segment(), new Time(), [] as string[]]
    const logger = { ...silent, warn: () => lines.push('warn'), debug: () => lines.push('debug') }
    const [a, b] = [node('a:1', segment, time), node('b:1', segment, time, { group: 'other', logger })]
    expect(await find(a, time)).toEqual([])
    expect(b.refused).toEqual({ group: 3 })
    expect(lines).toEqual(['warn'])
    expect(segment.sent).toHaveLength(3)
  })

  it('F1: a wrong key is refused; the second key of a rotation is not', async () => {
    const [segment, time] = [new Segment(), new Time()]
    const next = new Uint8Array(32).fill(2)
    const a = node('a:1', segment, time)
    const b = node('b:1', segment, time, { keys: [next, key] })
    const c = node('c:1', segment, time, { keys: [next] })
    expect(await find(a, time)).toEqual(['b:1'])
    expect(c.refused).toEqual({ key: 3 })
    expect(await find(b, time)).toEqual(['c:1'])
    expect(a.refused['key']).toBe(3)
  })

  it('F1: a request that was recorded is answered to nobody a second time, and is too old later', async () => {
    const [segment, time] = [new Segment(), new Time()]
    const [a, b] = [node('a:1', segment, time), node('b:1', segment, time)]
    await find(a, time)
    const request = segment.sent[0]!.bytes
    const before = segment.sent.length
    segment.inject(request, { host: '10.9.9.9', port: 0 })
    await time.pass(100)
    expect(segment.sent).toHaveLength(before + 1)
    expect(b.refused).toEqual({ replay: 1 })
    await time.pass(120_000)
    segment.inject(request, { host: '10.9.9.9', port: 0 })
    await time.pass(100)
    expect(b.refused).toEqual({ replay: 1, clock: 1 })
  })

  it('F1: an answer that was recorded is worth nothing in another run', async () => {
    const [segment, time] = [new Segment(), new Time()]
    const [a, b] = [node('a:1', segment, time), node('b:1', segment, time)]
    expect(await find(a, time)).toEqual(['b:1'])
    b.stop()
    const answer = segment.sent.find(({ bytes }) => bytes[5] === 2)!
    const run = find(a, time)
    segment.inject(answer.bytes, answer.from)
    expect(await run).toEqual([])
    expect(a.refused).toEqual({ late: 1 })
  })

  it('F1: who floods is answered up to a bound, and told about once a minute', async () => {
    const [segment, time, lines] = [new Segment(), new Time(), [] as object[]]
    const b = node('b:1', segment, time, { logger: { ...silent, warn: (fields) => lines.push(fields) } })
    const a = node('a:1', segment, time)
    for (let run = 0; run < 300; run++)
      a.find({ addresses: [], timeoutMs: 10, firstMemberIsEnough: true }, () => undefined)
    await time.pass(5)
    expect(segment.sent.filter(({ bytes }) => bytes[5] === 2)).toHaveLength(256)
    expect(b.refused).toEqual({ rate: 44 })
    for (let run = 0; run < 9; run++) segment.inject(Uint8Array.from([1, 2, 3]), { host: '10.9.9.9', port: 0 })
    await time.pass(60_000)
    segment.inject(Uint8Array.from([1, 2, 3]), { host: '10.9.9.9', port: 0 })
    await time.pass(1)
    expect(lines).toMatchObject([
      { event: 'discovery.refused', reason: 'rate', remote: '10.0.0.2' },
      { reason: 'rubbish', remote: '10.9.9.9' },
      { reason: 'rubbish', more: 8 },
    ])
  })
})

describe('MPING', () => {
  const peer = { name: nodeName('a:1'), incarnation: incarnation(1), role: 'server' } as const

  /** What b learned and sent when a, and somebody with a's address, asked. */
  async function asked(keys: readonly Uint8Array[]) {
    const [segment, time] = [new Segment(), new Time()]
    const learned = new Set<string>()
    const sent: DiscoveryMessage[] = []
    let dials = 0
    node('b:1', segment, time, {
      keys,
      sends: (message) => sent.push(message),
      network: {
        learn: (name) => learned.add(name),
        probe: (_address, _timeoutMs, done) => {
          dials += 1
          time.clock.after(150, () => done({ kind: 'connected', peer }))
        },
      },
    })
    for (const name of ['a:1', 'forged:1']) await find(node(name, segment, time, { keys, answerBy: 'link' }), time)
    return { learned, sent, dials, calls: segment.sent.filter(({ bytes }) => bytes[5] === 3).length }
  }

  it('B2: without a key answers over a link only to whom the address proves to be, and dials once for a run', async () => {
    const { learned, sent, dials, calls } = await asked([])
    expect(learned).toEqual(new Set(['a:1']))
    expect(sent[0]).toMatchObject({ type: 'discovery.get-mbrs-rsp', run: 1, answer: { name: 'b:1' } })
    expect(dials).toBeLessThanOrEqual(4)
    expect(calls).toBeGreaterThanOrEqual(6)
  })

  it('B2: the group key in the request is proof enough', async () => {
    const { learned, sent, dials } = await asked([key])
    expect(learned).toEqual(new Set(['a:1', 'forged:1']))
    expect(sent).toHaveLength(6)
    expect(dials).toBe(0)
  })
})

describe('who answers what everybody heard', () => {
  const members = Array.from({ length: 12 }, (_, at) => ({ name: nodeName(`${at}:1`), address: address(`${at}:1`) }))
  const delayOf = (rank: number) => {
    const standing: Standing = { kind: 'member', coordinator: members[0]!, lineage: 'l', version: 1, members }
    return answerDelayMs({ ...members[rank]!, incarnation: incarnation(1), voterId: 'v', standing }, 5)
  }

  it('B1: the coordinator at once, its deputies one after the other, the rest of a large group not at all', () => {
    expect(members.map((_, rank) => delayOf(rank))).toEqual([
      ...[0, 9, 13, 17, 21, 25, 29, 33],
      ...[undefined, undefined, undefined, undefined],
    ])
  })
})
