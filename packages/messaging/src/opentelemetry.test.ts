import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { incarnation, nodeName } from '@ring/platform'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { plainDialer, staticRouting } from '../bench/plain-links.ts'
import { createMessaging, type Messaging, type Program, systemClock } from './index.ts'
import { traced } from './opentelemetry.ts'
import { formatTraceparent, parseTraceparent } from './traceparent.ts'

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const tracer = provider.getTracer('test')
const body = new TextEncoder().encode('hello')

let messaging: Messaging
let server: Program
let client: Program

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  messaging = await createMessaging({
    group: 'test',
    name: nodeName('a:1'),
    incarnation: incarnation(1),
    role: 'server',
    clock: systemClock,
    random: { uint32: () => 1 },
    dialer: plainDialer,
  })
  messaging.setRouting(staticRouting([{ name: 'a:1', address: '127.0.0.1:1' }]))
  server = traced(messaging.embed({ role: 'server', name: 'server' }), tracer)
  client = traced(messaging.embed({ role: 'client', name: 'client' }), tracer)
})

afterEach(() => {
  exporter.reset()
})

afterAll(async () => {
  context.disable()
  await messaging.stop({ drainMs: 10 })
})

const spans = () => exporter.getFinishedSpans()
const span = (name: string) => spans().find((one) => one.name === name)!

describe('F3: OpenTelemetry', () => {
  it("ties the handler's span to the caller's, and what the handler does to its own", async () => {
    server.serve(async (request) => {
      await Promise.resolve()
      tracer.startSpan('inside').end()
      return request.body
    })
    await client.request('key', body)
    const [asked, processed, inside] = [span('ring request'), span('ring process'), span('inside')]
    expect(asked).toMatchObject({ kind: SpanKind.CLIENT, attributes: { 'messaging.message.body.size': 5 } })
    expect(processed.kind).toBe(SpanKind.SERVER)
    expect(processed.parentSpanContext?.spanId).toBe(asked.spanContext().spanId)
    expect(inside.parentSpanContext?.spanId).toBe(processed.spanContext().spanId)
    expect(new Set(spans().map((one) => one.spanContext().traceId)).size).toBe(1)
  })

  it('one-way messages are produced and consumed', async () => {
    server.serve(() => undefined)
    await client.send('key', body)
    expect(span('ring send').kind).toBe(SpanKind.PRODUCER)
    expect(span('ring process').kind).toBe(SpanKind.CONSUMER)
  })

  it('marks what failed, on the side where it failed and on the side that was told', async () => {
    server.serve(() => {
      throw new Error('no such customer')
    })
    await expect(client.request('key', body)).rejects.toThrow('no such customer')
    expect(span('ring process').status).toEqual({ code: SpanStatusCode.ERROR, message: 'no such customer' })
    expect(span('ring request').attributes['error.type']).toBe('RING_HANDLER_FAILED')
  })

  it('of a stream lasts until its end, on both sides; what it yields is within', async () => {
    server.serve(async function* () {
      yield 'one'
      await Promise.resolve()
      tracer.startSpan('inside').end()
      yield 'two'
    })
    const items: string[] = []
    for await (const item of client.requestStream('key', body)) {
      items.push(new TextDecoder().decode(item))
      expect(span('ring request')).toBeUndefined()
    }
    expect(items).toEqual(['one', 'two'])
    const [asked, processed, inside] = [span('ring request'), span('ring process'), span('inside')]
    expect(processed.parentSpanContext?.spanId).toBe(asked.spanContext().spanId)
    expect(inside.parentSpanContext?.spanId).toBe(processed.spanContext().spanId)
  })

  it('of a stream that is left ends then, and of one that fails says why, on both sides', async () => {
    server.serve(async function* () {
      yield 'one'
      await Promise.resolve()
      throw new Error('no such customer')
    })
    const left = client.requestStream('key', body)
    await left.next()
    await left.return?.()
    expect(span('ring request').status.code).toBe(SpanStatusCode.UNSET)
    await vi.waitUntil(() => spans().some(({ name }) => name === 'ring process'))
    exporter.reset()
    const stream = client.requestStreamTo('a:1', body)
    await stream.next()
    await expect(stream.next()).rejects.toThrow('no such customer')
    const [asked, processed] = [span('ring request'), span('ring process')]
    expect(processed.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no such customer' })
    expect(asked.attributes['error.type']).toBe('RING_HANDLER_FAILED')
  })

  it("keeps the caller's own trace", async () => {
    server.serve(({ trace: given }) => new TextEncoder().encode(given))
    const own = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    expect(new TextDecoder().decode(await client.request('key', body, { trace: own }))).toBe(own)
    expect(span('ring process').spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c')
  })

  it('does nothing without an SDK', async () => {
    const plain = traced(messaging.embed({ role: 'client', name: 'plain' }), trace.getTracer('nobody'))
    server.serve(({ trace: given }) => new TextEncoder().encode(given ?? 'none'))
    expect(new TextDecoder().decode(await plain.request('key', body))).toBe('none')
    await plain.close()
  })

  it('reads and writes traceparent as the standard has it', () => {
    const text = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    expect(formatTraceparent(parseTraceparent(text)!)).toBe(text)
    for (const wrong of ['', '01-' + text.slice(3), text.toUpperCase(), text + '-', text.replace(/[1-9a-f]/g, '0')]) {
      expect(parseTraceparent(wrong), wrong).toBeUndefined()
    }
  })
})
