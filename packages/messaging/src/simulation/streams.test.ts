import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { windowBytes } from '../core/frames/credit-frame.ts'
import { chunkBytes, FrameType, maxMessageBytes } from '../core/frames/frame-header.ts'
import { MaybeDeliveredError } from '../core/program/errors.ts'
import { soundRelayRules } from '../core/relay/rules.ts'
import { endOf, StreamingRing, turn } from './streaming-ring.ts'

const mebibyte = 1_024 * 1_024
const filled = (bytes: number, from = 0): Uint8Array => new Uint8Array(bytes).map((_, at) => at * 31 + from)
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

/** Yields until it is told to stop, and says what became of it. */
class Endless {
  yielded = 0
  returned = 0
  readonly itemBytes: number

  constructor(itemBytes: number) {
    this.itemBytes = itemBytes
  }

  async *items(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        await Promise.resolve()
        yield filled(this.itemBytes, this.yielded++)
      }
    } finally {
      this.returned++
    }
  }
}

async function* texts(...items: string[]): AsyncGenerator<string> {
  for (const item of items) {
    await Promise.resolve()
    yield item
  }
}

describe('a stream as the answer', () => {
  const sizes = [0, 1, 0, chunkBytes - 4, chunkBytes, chunkBytes + 1, 70_000, 300_000, 0, 2 * mebibyte, 3]

  it('K1: brings exactly the items, in order, whatever their size, then the end', async () => {
    const all = sizes.map((size, place) => filled(size, place))
    const ring = new StreamingRing(async function* () {
      for (const item of all) {
        await Promise.resolve()
        yield item
      }
    })
    const seen = ring.take(ring.ask('a'))
    await ring.settle(80)
    expect(seen.end).toBe('end')
    expect(seen.items.map(({ length }) => length)).toEqual(sizes)
    expect(seen.items.every((item, place) => Buffer.compare(item, all[place]!) === 0)).toBe(true)
    expect([ring.left, ring.ring.violations]).toEqual([0, []])
  })

  it('is whatever has Symbol.asyncIterator, promised too: a Node readable', async () => {
    const ring = new StreamingRing(() => Promise.resolve(Readable.from(['one', 'two'], { objectMode: true })))
    const seen = ring.take(ring.ask('a'))
    await ring.settle()
    expect([seen.items.map(text), seen.end]).toEqual([['one', 'two'], 'end'])
  })

  it('may have no items at all', async () => {
    const ring = new StreamingRing(() => texts())
    const seen = ring.take(ring.ask('a'))
    await ring.settle()
    expect([seen.items, seen.end, ring.left]).toEqual([[], 'end', 0])
  })

  it('is sent at the call, and asked for by each next() in turn', async () => {
    const ring = new StreamingRing(() => texts('one', 'two'))
    const stream = ring.ask('a')
    await ring.settle()
    expect(ring.requests).toHaveLength(1)
    const all = Promise.all([stream.next(), stream.next(), stream.next(), stream.next()])
    await ring.settle()
    const results = await all
    expect(results.map(({ done, value }) => [done, value && text(value)])).toEqual([
      [false, 'one'],
      [false, 'two'],
      [true, undefined],
      [true, undefined],
    ])
  })

  it('comes between other bodies of the same link, and small replies between its frames', async () => {
    const endless = new Endless(10_000)
    const ring = new StreamingRing((request) => (text(request.key) === 'a' ? endless.items() : filled(mebibyte)))
    const stream = ring.ask('a')
    const { origin } = ring.asking.endpoint
    const body = origin.request(FrameType.request, 'b', filled(1), undefined)
    const items: Uint8Array[] = []
    const taking = (async () => {
      for await (const item of stream) if (items.push(item) === 300) break
    })()
    await ring.settle(60)
    await taking
    expect(Buffer.compare((await body) as Uint8Array, filled(mebibyte))).toBe(0)
    expect(items.every((item, place) => Buffer.compare(item, filled(10_000, place)) === 0)).toBe(true)
    await ring.settle()
    expect([ring.left, endless.returned]).toEqual([0, 1])
  })
})

describe('a stream for one who did not ask for one', () => {
  it('is one reply to a request, and to each member of a broadcast', async () => {
    const ring = new StreamingRing(() => texts('one ', '', 'two'))
    const { origin } = ring.asking.endpoint
    const replies = [
      origin.request(FrameType.request, 'a', filled(1), undefined),
      origin.request(FrameType.broadcast, '', filled(1), undefined),
    ]
    await ring.settle()
    const [reply, answers] = await Promise.all(replies)
    expect(text(reply as Uint8Array)).toBe('one two')
    expect((answers as readonly { body: Uint8Array }[]).map(({ body }) => text(body))).toEqual(['one two'])
    expect(ring.left).toBe(0)
  })

  it('K3: ends at 16 MiB with the advice to ask for a stream, and is closed', async () => {
    const endless = new Endless(mebibyte)
    const ring = new StreamingRing(() => endless.items())
    const reply = ring.asking.endpoint.origin.request(FrameType.request, 'a', filled(1), undefined)
    const failed = expect(reply).rejects.toThrow(/longer than 16 MiB.*requestStream/)
    await ring.settle()
    await failed
    expect([endless.yielded, endless.returned, ring.left]).toEqual([maxMessageBytes / mebibyte + 1, 1, 0])
  })

  it('runs to its end for a one-way message, which is acknowledged then', async () => {
    let hasEnded = false
    const ring = new StreamingRing(async function* () {
      for (let item = 0; item < 1_000; item++) {
        await Promise.resolve()
        yield filled(100_000)
      }
      hasEnded = true
    })
    const sent = ring.asking.endpoint.origin.request(FrameType.oneWay, 'a', filled(1), undefined)
    await ring.settle(40)
    await sent
    expect([hasEnded, ring.left]).toEqual([true, 0])
  })

  it('K1: is closed when its call is cancelled, or overdue', async () => {
    const endless = new Endless(0)
    const ring = new StreamingRing(() => endless.items())
    const abort = new AbortController()
    const { origin } = ring.asking.endpoint
    const ends: string[] = []
    const options = [{ signal: abort.signal }, { deadlineMs: 100 }]
    for (const one of options) {
      origin.request(FrameType.request, 'a', filled(1), one).catch((error: unknown) => ends.push(endOf(error)))
    }
    await ring.settle(2)
    abort.abort()
    await ring.settle(10)
    expect(ends.sort()).toEqual(['cancelled-running', 'overdue-running'])
    expect([endless.returned, ring.left]).toEqual([2, 0])
  })
})

describe('a stream asked of what knows none', () => {
  it('has one item where the handler returns a reply, of any size', async () => {
    for (const size of [0, 5, mebibyte]) {
      const ring = new StreamingRing(() => filled(size))
      const seen = ring.take(ring.ask('a'))
      await ring.settle(40)
      expect([seen.items.map(({ length }) => length), seen.end, ring.left]).toEqual([[size], 'end', 0])
    }
  })

  it('F6: ends old-version at a node that knows none, and says so', async () => {
    const ring = new StreamingRing(() => texts('one'), { slaveKnows: false })
    const seen = ring.take(ring.ask('a'))
    await ring.settle()
    expect(seen.end).toBe('old-version')
    expect(seen.error?.message).toMatch(/a call for a stream is not understood at the own node.*upgrade it/)
    expect([ring.requests, ring.ring.violations]).toEqual([[], []])
  })

  it('F6, K3: fails with the advice to upgrade where a node on the way knows no credit, and is closed', async () => {
    const endless = new Endless(1_000)
    const ring = new StreamingRing(() => endless.items(), { serverKnows: false })
    const seen = ring.take(ring.ask('a'))
    await ring.settle()
    expect(seen.end).toBe('RING_HANDLER_FAILED')
    expect(seen.error?.message).toMatch(/on the way.*knows no streams; upgrade it/)
    expect([endless.returned, ring.left, ring.ring.violations]).toEqual([1, 0, []])
  })
})

describe('the memory of a stream (K3)', () => {
  it.each([0, 100, 20_000])(
    'a consumer that does not iterate costs a window of items of %i bytes',
    async (itemBytes) => {
      const endless = new Endless(itemBytes)
      const ring = new StreamingRing(() => endless.items())
      const stream = ring.ask('a')
      await ring.settle(100)
      const { yielded } = endless
      expect(ring.heldBytes).toBeLessThanOrEqual(windowBytes + chunkBytes + 100)
      expect(ring.heldBytes).toBeGreaterThan(windowBytes / 2)
      expect(yielded * (itemBytes + 40)).toBeLessThan(2 * windowBytes)
      await ring.settle(20)
      expect(endless.yielded).toBe(yielded)
      await stream.next()
      await stream.return?.()
      await ring.settle()
      expect([endless.returned, ring.left, ring.heldBytes]).toEqual([1, 0, 0])
    },
  )

  it('many streams that nobody takes share what few have alone, and give it back however they end', async () => {
    const endless = new Endless(1_000)
    const ring = new StreamingRing(() => endless.items())
    const streams = Array.from({ length: 128 }, (_, at) => ring.ask(`k${at}`))
    await ring.settle(400)
    const share = 64 * 1_024
    expect(ring.heldBytes).toBeGreaterThan(128 * (share / 2))
    expect(ring.heldBytes).toBeLessThanOrEqual(128 * (share + 2_000))
    for (const stream of streams) await stream.return?.()
    await ring.settle(20)
    expect([ring.left, ring.heldBytes]).toEqual([0, 0])
    const alone = ring.ask('alone')
    await ring.settle(100)
    expect(ring.heldBytes).toBeGreaterThan(windowBytes / 2)
    await alone.return?.()
  })

  it('an item larger than the window becomes whole without being asked for, and one only', async () => {
    const endless = new Endless(2 * mebibyte)
    const ring = new StreamingRing(() => endless.items())
    const stream = ring.ask('a')
    await ring.settle(100)
    expect(ring.heldBytes).toBeGreaterThan(2 * mebibyte)
    expect(ring.heldBytes).toBeLessThan(2 * mebibyte + 2 * windowBytes)
    expect(endless.yielded).toBeLessThanOrEqual(3)
    await stream.return?.()
  })

  it('64 MiB pass through a slow consumer with no more than that at any time', async () => {
    const items = 1_024
    const ring = new StreamingRing(async function* () {
      for (let item = 0; item < items; item++) {
        await Promise.resolve()
        yield filled(64 * 1_024, item)
      }
    })
    const stream = ring.ask('a')
    let bytes = 0
    let most = 0
    for (let item = 0; item < items; item++) {
      const next = stream.next()
      for (let isThere = false; !isThere; ) {
        isThere = await Promise.race([next.then(() => true), ring.settle(1).then(() => false)])
        most = Math.max(most, ring.heldBytes)
      }
      bytes += (await next).value!.length
    }
    expect(bytes).toBe(64 * mebibyte)
    expect(most).toBeLessThanOrEqual(2 * windowBytes)
    const last = stream.next()
    await ring.settle()
    expect([await last, ring.left]).toEqual([{ done: true, value: undefined }, 0])
  })
})

function lookedAt(): never {
  throw new Error('looked at')
}

const throwing = {
  get value(): unknown {
    return new Proxy({}, { getPrototypeOf: lookedAt })
  },
}
const throwingStream: unknown = Object.defineProperty({}, Symbol.asyncIterator, { get: lookedAt })

describe('the end of a stream', () => {
  it('K1: an error of the handler comes after the items before it', async () => {
    const ring = new StreamingRing(async function* () {
      yield 'one'
      yield filled(mebibyte)
      await Promise.resolve()
      throw new Error('the disk is full')
    })
    const seen = ring.take(ring.ask('a'))
    await ring.settle(40)
    expect([seen.items.length, seen.end]).toEqual([2, 'RING_HANDLER_FAILED'])
    expect(seen.error?.message).toMatch('the disk is full')
    expect(ring.left).toBe(0)
  })

  it.each([
    [
      'what is no item',
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => ({ done: false, value: 5 }) }) }),
      /yielded 5/,
    ],
    ['no result', () => ({ [Symbol.asyncIterator]: () => ({ next: () => 5 }) }), /gave 5/],
    ['an item that is too large', () => Readable.from([filled(maxMessageBytes + 1)]), /longer than 16 MiB/],
    [
      'an iterator that throws',
      () => ({
        [Symbol.asyncIterator]: () => {
          throw new Error('no iterator')
        },
      }),
      /no iterator/,
    ],
    [
      'a thrown thing that no text can be made of',
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(Object.create(null) as Error) }) }),
      /no text can be made of/,
    ],
    [
      'a result that throws when it is looked at',
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => ({ done: false, ...throwing }) }) }),
      /looked at/,
    ],
    [
      'a result whose value throws',
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => Object.defineProperty({}, 'value', { get: lookedAt }) }) }),
      /looked at/,
    ],
    ['a promise of what throws when it is looked at', () => Promise.resolve(throwingStream), /looked at/],
    ['a rejection with what no text can be made of', () => Promise.reject(Object.create(null) as Error), /no text/],
  ])('F1: bad input of a handler, %s, ends its answer and nothing else', async (_what, given, message) => {
    const ring = new StreamingRing(() => given() as unknown as AsyncIterable<string>)
    const seen = ring.take(ring.ask('a'))
    await ring.settle()
    expect(seen.end).toBe('RING_HANDLER_FAILED')
    expect(seen.error?.message).toMatch(message)
    expect(ring.left).toBe(0)
  })

  it('K1: break ends the handler: its signal aborts, its iterator returns', async () => {
    const endless = new Endless(100)
    const ring = new StreamingRing(() => endless.items())
    const stream = ring.ask('a')
    const taking = (async () => {
      for await (const item of stream) return item
      return undefined
    })()
    await ring.settle()
    expect(await taking).toEqual(filled(100))
    expect([endless.returned, ring.requests[0]!.signal.aborted, ring.left]).toEqual([1, true, 0])
  })

  it('K1: a signal ends it at once, without what has not been taken; nobody need listen', async () => {
    const endless = new Endless(100)
    const ring = new StreamingRing(() => endless.items())
    const abort = new AbortController()
    const [stream, unheard] = [ring.ask('a', { signal: abort.signal }), ring.ask('b', { signal: abort.signal })]
    await ring.settle()
    expect(text((await stream.next()).value)).toBe(text(filled(100)))
    abort.abort(new Error('enough'))
    const failed = stream.next().catch((error: unknown) => error)
    await ring.settle()
    const failure = await failed
    expect(endOf(failure)).toBe('cancelled-running')
    expect((failure as Error).cause).toEqual(new Error('enough'))
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect([endless.returned, ring.left, ring.heldBytes]).toEqual([2, 0, 0])
    expect(await unheard.return?.()).toEqual({ done: true, value: undefined })
  })

  it('K1: return() before anything came gives the call up, wherever it is', async () => {
    const endless = new Endless(100)
    const ring = new StreamingRing(() => endless.items())
    const waiting = ring.ask('a')
    const next = waiting.next()
    await waiting.return?.()
    expect(await next).toEqual({ done: true, value: undefined })
    await ring.settle()
    expect([ring.left, endless.returned]).toEqual([0, ring.requests.length])
  })

  it.each([true, false])(
    'K1: a lost link ends it after what came, and it is not sent again (idempotent: %s)',
    async (idempotent) => {
      const endless = new Endless(100)
      const ring = new StreamingRing(() => endless.items())
      const stream = ring.ask('a', { idempotent, deadlineMs: 60_000 })
      await ring.settle()
      const held = ring.heldBytes
      ring.serving.link.cut()
      await ring.settle()
      const seen = ring.take(stream)
      await ring.settle()
      expect(seen.items).toHaveLength(Math.floor(held / 140))
      expect(seen.end).toBe('program-lost')
      expect(seen.error).toBeInstanceOf(MaybeDeliveredError)
      expect([endless.returned, ring.requests.length]).toEqual([1, 1])
    },
  )

  it('K1: nobody hears of a failure that nobody asked about', async () => {
    const unheard: unknown[] = []
    const listener = (reason: unknown): void => void unheard.push(reason)
    process.on('unhandledRejection', listener)
    const ring = new StreamingRing(() => {
      throw new Error('no')
    })
    ring.ask('a')
    ring.asking.link.cut()
    ring.ask('b')
    await ring.settle()
    ring.ask('c')
    await turn()
    process.off('unhandledRejection', listener)
    expect(unheard).toEqual([])
  })
})

describe('the time of a stream', () => {
  /** Yields one item for each call of `yieldOne`. */
  function onDemand() {
    const waiting: (() => void)[] = []
    async function* items(): AsyncGenerator<string> {
      for (let item = 0; ; item++) {
        await new Promise<void>((resolve) => waiting.push(resolve))
        yield `${item}`
      }
    }
    return { items, yieldOne: () => waiting.shift()?.() }
  }

  it('K1: the deadline bounds each wait of the consumer, and no more', async () => {
    const { items, yieldOne } = onDemand()
    const ring = new StreamingRing(() => items())
    const stream = ring.ask('a', { deadlineMs: 1_000 })
    const seen: string[] = []
    for (let item = 0; item < 4; item++) {
      const next = stream.next()
      // 900 of 1 000 ms for each, and then a consumer that takes its time.
      await ring.settle(36)
      yieldOne()
      await ring.settle(2)
      seen.push(text((await next).value))
      await ring.settle(80)
    }
    expect(seen).toEqual(['0', '1', '2', '3'])
    const late = stream.next().catch((error: unknown) => endOf(error))
    await ring.settle(38)
    expect(ring.asking.endpoint.origin.pending.used).toBe(1)
    await ring.settle(6)
    expect(await late).toBe('overdue-running')
    expect([ring.left, ring.requests[0]!.signal.aborted]).toEqual([0, true])
  })

  it('K1: a handler that yields nothing is overdue like any other', async () => {
    const ring = new StreamingRing(() => onDemand().items())
    const seen = ring.take(ring.ask('a', { deadlineMs: 500 }))
    await ring.settle(30)
    expect([seen.end, ring.left]).toEqual(['overdue-running', 0])
  })

  it('the variant in which relays keep the deadline of the request is noticed', async () => {
    const { items, yieldOne } = onDemand()
    const ring = new StreamingRing(() => items(), {
      rules: { relay: { ...soundRelayRules, streamsLast: false } },
    })
    const seen = ring.take(ring.ask('a', { deadlineMs: 1_000 }))
    for (let item = 0; item < 6; item++) {
      await ring.settle(20)
      yieldOne()
    }
    await ring.settle(2)
    expect(seen.end).toBe('overdue-running')
  })
})
