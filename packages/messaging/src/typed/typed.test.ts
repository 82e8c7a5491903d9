import { readFileSync } from 'node:fs'
import { incarnation, nodeName } from '@ring/platform'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { staticRouting } from '../../bench/plain-links.ts'
import { accounts, payTwice, serveAccounts } from '../../examples/accounts.ts'
import { createMessaging, type Messaging, type Program, systemClock } from '../index.ts'
import {
  type Codec,
  CodecError,
  jsonCodec,
  jsonMethod,
  type MethodHandlers,
  methodsHandler,
  type PlainNames,
  type StreamNames,
  streamMethod,
  typedClient,
} from '../typed.ts'
import { callBody, readCall } from './call-body.ts'

const json = jsonCodec<unknown>()
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('jsonCodec', () => {
  it('F2: gives back every value that it takes, and takes every one that JSON gives back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const isWhole = !/-0[,\]}]|-0$/.test(inspect(value))
        if (isWhole) expect(json.decode(json.encode(value) as Uint8Array)).toEqual(value)
      }),
    )
    fc.assert(
      fc.property(
        fc.anything({ withDate: true, withMap: true, withTypedArray: true, withSparseArray: true }),
        (value) => {
          let bytes: Uint8Array
          try {
            bytes = json.encode(value) as Uint8Array
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError)
            return
          }
          expect(json.decode(bytes)).toEqual(value)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  const cyclic: { self?: unknown } = {}
  cyclic.self = cyclic
  const bomb = Array.from({ length: 60 }).reduce<unknown>((part) => [part, part], 0)
  const sparse: unknown[] = []
  sparse[1] = 1
  it.each([
    ['undefined', { a: [{ b: undefined }] }, /undefined would get lost.* \(at \.a\[0\]\.b\)/],
    ['NaN', [Number.NaN], /NaN would not arrive/],
    ['an infinity', Number.NEGATIVE_INFINITY, /-Infinity/],
    ['-0', { a: -0 }, /-0 would not arrive as it is \(at \.a\)/],
    ['a big integer', 1n, /1n is nothing/],
    ['a function', () => 1, /a function is nothing/],
    ['a symbol', Symbol('s'), /a symbol is nothing/],
    ['a symbol as a name', { [Symbol('s')]: 1 }, /would arrive as something else/],
    ['a date', { at: new Date(0) }, /Date.*\(at \.at\)/],
    ['a map', new Map(), /Map/],
    ['bytes', new Uint8Array(2), /Uint8Array/],
    ['what has toJSON', { toJSON: () => 1 }, /something else/],
    [
      'an instance',
      new (class Point {
        x = 1
      })(),
      /something else/,
    ],
    ['a list with holes', sparse, /holes/],
    ['what is part of itself', cyclic, /part of itself/],
    ['what doubles sixty times', bomb, /too many parts/],
  ])('F2: refuses %s, and says where', (_name, value, message) => {
    expect(() => json.encode(value)).toThrow(
      expect.objectContaining({ code: 'RING_CODEC', message: expect.stringMatching(message) as string }) as Error,
    )
  })

  it('F2: is bounded both ways, and tells what is no JSON, no UTF-8, or nests too deep', () => {
    const small = jsonCodec<string>({ maxBytes: 10 })
    const refuses = (act: () => unknown, message: RegExp) =>
      expect(act).toThrow(
        expect.objectContaining({ code: 'RING_CODEC', message: expect.stringMatching(message) as string }) as Error,
      )
    expect(small.decode(small.encode('12345678') as Uint8Array)).toBe('12345678')
    refuses(() => small.encode('123456789'), /11 bytes, and may have 10/)
    refuses(() => small.decode(bytesOf('"123456789"')), /11 bytes/)
    refuses(() => json.decode(bytesOf('{"a":')), /no JSON/)
    refuses(() => json.decode(bytesOf('')), /no JSON/)
    refuses(() => json.decode(new Uint8Array([0x22, 0xff, 0x22])), /UTF-8/)
    refuses(() => json.decode(bytesOf('\ufeff1')), /no JSON/)
    refuses(() => json.decode(bytesOf('['.repeat(500_000))), /deep/)
    expect(json.decode(bytesOf(`"${'['.repeat(500)}\\""`))).toBe(`${'['.repeat(500)}"`)
    expect(() => jsonCodec({ maxBytes: -1 })).toThrow(expect.objectContaining({ code: 'RING_ARGUMENT' }) as Error)
  })

  it('F2: never throws anything but its own error, whatever arrives', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.string().map(bytesOf)), (bytes) => {
        try {
          json.decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError)
        }
        const call = readCall(bytes)
        if (call !== undefined) expect(call.argument.length).toBeLessThan(bytes.length)
      }),
    )
  })
})

const numbers = {
  parse: (value: unknown): number => {
    if (typeof value !== 'number') throw new Error('a number is wanted')
    return value
  },
}
const methods = {
  half: jsonMethod<number, number>({ argument: numbers, result: numbers }),
  fail: jsonMethod<null, null>(),
  odd: jsonMethod<null, unknown>({ result: numbers }),
}

describe('typed methods', () => {
  let node: Messaging
  let client: Program
  const runs: string[] = []

  beforeEach(async () => {
    runs.length = 0
    node = await createMessaging({
      ...{ group: 'test', name: nodeName('s0'), incarnation: incarnation(1), role: 'server' },
      ...{ clock: systemClock, random: { uint32: () => 1 } },
      dialer: { open: () => ({ cancel: () => undefined }) },
    })
    node.setRouting(staticRouting([{ name: 's0', address: '' }]))
    client = node.embed({ role: 'client', name: 'client' })
  })
  afterEach(() => node.stop({ drainMs: 0 }))

  function serve(): void {
    node.embed({ role: 'server', name: 'server', service: 'typed' }).serve(
      methodsHandler(methods, {
        half: (value, { oneWay }) => {
          runs.push(`half ${value} ${oneWay}`)
          return Promise.resolve(value / 2)
        },
        fail: () => {
          throw new Error('as you wish')
        },
        odd: () => (runs.push('odd') > 1 ? 'no number' : new Date(0)),
      }),
    )
  }

  it('F2: the example of the README', async () => {
    serveAccounts(node.embed({ role: 'server', name: 'accounts', service: 'accounts' }))
    expect(await payTwice(client)).toBe('anna has 300 cents (250 + 50), bob has 0')
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    expect(readme).toContain(readFileSync(new URL('../../examples/accounts.ts', import.meta.url), 'utf8').trim())
    const typed = typedClient(client.service('accounts'), accounts)
    expectTypeOf(typed.request<'pay'>)
      .parameter(2)
      .toEqualTypeOf<{ readonly cents: number }>()
    expectTypeOf(typed.request<'balance'>).returns.resolves.toEqualTypeOf<number>()
    expectTypeOf(typed.requestStream<'payments'>).returns.toEqualTypeOf<
      AsyncIterableIterator<{ readonly cents: number }>
    >()
    expectTypeOf<PlainNames<typeof accounts>>().toEqualTypeOf<'pay' | 'balance'>()
    expectTypeOf<StreamNames<typeof accounts>>().toEqualTypeOf<'payments'>()
  })

  it('F2: every kind of call', async () => {
    serve()
    const typed = typedClient(client.service('typed'), methods)
    expect(await typed.request('half', 'key', 5)).toBe(2.5)
    expect(await typed.requestTo('half', 's0', 6)).toBe(3)
    await typed.send('half', 'key', 7)
    expect(await typed.broadcast('half', 8)).toEqual([{ server: 's0', ok: true, result: 4 }])
    expect(await typed.replicate('half', 'key', 9)).toEqual([{ server: 's0', ok: true, result: 4.5 }])
    expect(runs).toEqual(['half 5 false', 'half 6 false', 'half 7 true', 'half 8 false', 'half 9 false'])
    await expect(typed.request('fail', 'key', null)).rejects.toMatchObject({
      code: 'RING_HANDLER_FAILED',
      message: expect.stringContaining('as you wish') as string,
    })
  })

  it('F2: what the two sides do not understand ends with an error that says whether it ran', async () => {
    serve()
    const service = client.service('typed')
    const later = typedClient(service, { ...methods, half: jsonMethod<string, number>(), quarter: methods.half })
    const unknown = { code: 'RING_METHOD_UNKNOWN', method: 'quarter', hasRun: false }
    await expect(later.request('quarter', 'key', 1)).rejects.toMatchObject({
      ...unknown,
      message: 'Not run: there is no method "quarter" here, but: half, fail, odd.',
    })
    expect(await later.broadcast('quarter', 1)).toMatchObject([{ ok: false, error: unknown }])
    await expect(later.send('quarter', 'key', 1)).rejects.toMatchObject({
      code: 'RING_HANDLER_FAILED',
      message: expect.stringContaining('Not run: there is no method "quarter"') as string,
    })
    const refused = { code: 'RING_ARGUMENT_REFUSED', hasRun: false }
    await expect(later.request('half', 'key', 'five')).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('a number is wanted') as string,
    })
    expect(runs).toEqual([])
    const ran = { code: 'RING_RESULT_REFUSED', hasRun: true }
    const typed = typedClient(service, methods)
    await expect(typed.request('odd', 'key', null)).rejects.toMatchObject({
      ...ran,
      message: expect.stringContaining('Date') as string,
    })
    await expect(typed.request('odd', 'key', null)).rejects.toMatchObject({
      ...ran,
      message: expect.stringContaining('a number is wanted') as string,
    })
    expect(runs).toEqual(['odd', 'odd'])
  })

  it('F2: nothing is sent that cannot be encoded, and no bytes end the server', async () => {
    serve()
    const service = client.service('typed')
    const typed = typedClient(service, methods)
    await expect(typed.request('half', 'key', Number.NaN)).rejects.toMatchObject({ code: 'RING_CODEC' })
    await expect(typed.request('none' as 'half', 'key', 1)).rejects.toMatchObject({ code: 'RING_CODEC' })
    const nothing = { encode: () => 5, decode: () => 5 } as unknown as Codec<number>
    const broken = typedClient(service, { half: { argument: nothing, result: nothing } })
    await expect(broken.request('half', 'key', 1)).rejects.toMatchObject({ code: 'RING_CODEC' })
    expect(runs).toEqual([])
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array(),
          fc.uint8Array().map((rest) => callBody('half', rest)),
        ),
        async (body) => {
          const [kind] = await service.request('key', body)
          expect([0, 1, 2]).toContain(kind)
        },
      ),
    )
    expect(await typed.request('half', 'key', 2)).toBe(1)
  })

  it('F2: an answer of something else is told as such', async () => {
    node.embed({ role: 'server', name: 'plain', service: 'typed' }).serve(() => new Uint8Array([77]))
    const typed = typedClient(client.service('typed'), methods)
    await expect(typed.request('half', 'key', 1)).rejects.toMatchObject({ code: 'RING_RESULT_REFUSED', hasRun: true })
  })

  describe('that give streams', () => {
    const streaming = {
      ...methods,
      count: streamMethod(jsonMethod<number, number>({ argument: numbers, result: numbers })),
    }
    let closed = 0

    function serveStreams(given: (upTo: number) => AsyncIterable<unknown>): void {
      closed = 0
      const handlers = { half: (value: number) => value / 2, fail: () => null, odd: () => 1, count: given }
      node
        .embed({ role: 'server', name: 'server', service: 'typed' })
        .serve(methodsHandler(streaming, handlers as MethodHandlers<typeof streaming>))
    }

    /** Counts, and ends with `last` where that is given. */
    async function* counted(upTo: number, last?: unknown): AsyncGenerator {
      try {
        for (let count = 1; count <= upTo; count++) {
          await Promise.resolve()
          yield count
        }
        if (last !== undefined) yield last
        if (last !== undefined) yield 99
      } finally {
        closed++
      }
    }

    async function taken(items: AsyncIterable<unknown>): Promise<unknown[]> {
      const all: unknown[] = []
      try {
        for await (const item of items) all.push(item)
      } catch (error) {
        all.push(error)
      }
      return all
    }

    it('F2: come item by item, of a key and of a server', async () => {
      serveStreams((upTo) => counted(upTo))
      const typed = typedClient(client.service('typed'), streaming)
      expect(await taken(typed.requestStream('count', 'key', 5))).toEqual([1, 2, 3, 4, 5])
      expect(await taken(typed.requestStreamTo('count', 's0', 2))).toEqual([1, 2])
      await typed.send('count', 'key', 3)
      expect(closed).toBe(3)
      expect(await typed.request('half', 'key', 3)).toBe(1.5)
    })

    it('F2: end with a result that cannot be sent, or not be taken, and close the generator', async () => {
      const typed = typedClient(client.service('typed'), streaming)
      const ran = { code: 'RING_RESULT_REFUSED', method: 'count', hasRun: true }
      serveStreams((upTo) => counted(upTo, new Date(0)))
      const unsent = await taken(typed.requestStream('count', 'key', 2))
      expect(unsent).toMatchObject([1, 2, { ...ran, message: expect.stringContaining('Date') as string }])
      expect(closed).toBe(1)
      serveStreams((upTo) => counted(upTo, 'a text'))
      const untaken = await taken(typed.requestStream('count', 'key', 2))
      expect(untaken).toMatchObject([1, 2, { ...ran, cause: { code: 'RING_CODEC' } }])
      await vi.waitUntil(() => closed === 1)
    })

    it('F2: what the two sides do not understand ends with an error that says whether it ran', async () => {
      serveStreams((upTo) => counted(upTo))
      const typed = typedClient(client.service('typed'), {
        ...streaming,
        more: streaming.count,
        half: streamMethod(jsonMethod<number, number>()),
      })
      expect(await taken(typed.requestStream('count', 'key', Number.NaN))).toMatchObject([{ code: 'RING_CODEC' }])
      expect(await taken(typed.requestStream('more', 'key', 1))).toMatchObject([
        { code: 'RING_METHOD_UNKNOWN', hasRun: false },
      ])
      // One that gives one result gives one item.
      expect(await taken(typed.requestStream('half', 'key', 4))).toEqual([2])
      const plain = typedClient(client.service('typed'), { count: jsonMethod<number, number>() })
      await expect(plain.request('count', 'key', 1)).rejects.toMatchObject({
        ...{ code: 'RING_ARGUMENT_REFUSED', hasRun: false },
        message: expect.stringContaining('ask with requestStream()') as string,
      })
      await expect(typed.request('count' as never, 'key', 1 as never)).rejects.toMatchObject({ code: 'RING_ARGUMENT' })
      expect(closed).toBe(0)
      serveStreams(() => 5 as never)
      expect(await taken(typed.requestStream('count', 'key', 1))).toMatchObject([{ code: 'RING_RESULT_REFUSED' }])
    })

    it('F2: break closes the generator', async () => {
      serveStreams(() => counted(Number.POSITIVE_INFINITY))
      for await (const count of typedClient(client.service('typed'), streaming).requestStream('count', 'key', 1)) {
        if (count === 3) break
      }
      await vi.waitUntil(() => closed === 1)
    })
  })

  it('F: a method needs a handler', () => {
    const refused = expect.objectContaining({ code: 'RING_ARGUMENT' }) as Error
    expect(() => methodsHandler(methods, { half: (value: number) => value } as never)).toThrow(refused)
    expect(() => typedClient(undefined as never, methods)).toThrow(refused)
  })
})

function inspect(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? `[${Object.values(value).map(inspect).join()}]`
    : Object.is(value, -0)
      ? '-0'
      : String(value)
}
