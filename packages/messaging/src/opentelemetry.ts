/**
 * Traces for programs that use OpenTelemetry: a span for each request on both sides, tied together by the W3C trace context
 * that travels in the frame. Needs `@opentelemetry/api`, an optional peer; without a registered SDK it does nothing.
 *
 * @packageDocumentation
 */
import { type Context, context, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { type LinkClosed, thrownText } from '@ring/platform'
import type { Body } from './core/frames/body-bytes.ts'
import type { IncomingRequest } from './core/program/answering/incoming-request.ts'
import type { Answered, Handler } from './core/program/answering/responder.ts'
import type { Key } from './core/program/asking/key-route.ts'
import type { BroadcastAnswer } from './core/program/asking/pending-request.ts'
import type { PostCounters } from './core/program/asking/posts.ts'
import type { RequestOptions } from './core/program/asking/request-options.ts'
import type { ProgramRouting } from './core/program/program-routing.ts'
import { isStream } from './core/program/streaming/yielded-items.ts'
import type { Program, ProgramCounters, ProgramRole } from './program.ts'
import type { PostOptions, Service, ServiceCalls } from './service-calls.ts'
import { formatTraceparent, parseTraceparent } from './traceparent.ts'

/** The instrumentation's name, as OpenTelemetry shows it. */
const instrumentation = '@ring/messaging'

/**
 * The same program, traced: `request` and the others run in a span of kind CLIENT (`send`: PRODUCER), whose context the
 * handler's span of kind SERVER (CONSUMER) continues, whatever nodes lie between. A `trace` that the caller gives stays as it is.
 */
export function traced(program: Program, tracer: Tracer = trace.getTracer(instrumentation)): Program {
  return new TracedProgram(program, tracer)
}

/** The calls to one service, traced. */
class TracedCalls implements ServiceCalls {
  protected readonly tracer: Tracer
  private readonly calls: ServiceCalls

  constructor(calls: ServiceCalls, tracer: Tracer) {
    this.calls = calls
    this.tracer = tracer
  }

  request(key: Key, body: Body, options?: RequestOptions): Promise<Uint8Array> {
    return this.asked('request', SpanKind.CLIENT, body, options, (traced) => this.calls.request(key, body, traced))
  }

  requestStream(key: Key, body: Body, options?: RequestOptions): AsyncIterableIterator<Uint8Array> {
    return this.streamed(body, options, (traced) => this.calls.requestStream(key, body, traced))
  }

  send(key: Key, body: Body, options?: RequestOptions): Promise<void> {
    return this.asked('send', SpanKind.PRODUCER, body, options, (traced) => this.calls.send(key, body, traced))
  }

  broadcast(body: Body, options?: RequestOptions): Promise<readonly BroadcastAnswer[]> {
    return this.asked('broadcast', SpanKind.CLIENT, body, options, (traced) => this.calls.broadcast(body, traced))
  }

  replicate(key: Key, body: Body, options?: RequestOptions): Promise<readonly BroadcastAnswer[]> {
    return this.asked('replicate', SpanKind.CLIENT, body, options, (traced) => this.calls.replicate(key, body, traced))
  }

  /** The span says that it was taken; what became of it is in the counters, and in the handler's span. */
  post(key: Key, body: Body, options?: PostOptions): boolean {
    const span = this.begun('post', SpanKind.PRODUCER, body)
    try {
      return this.calls.post(key, body, withTrace(span, options))
    } catch (error) {
      failed(span, error)
      throw error
    } finally {
      span.end()
    }
  }

  room(): Promise<void> {
    return this.calls.room()
  }

  requestTo(server: string, body: Body, options?: RequestOptions): Promise<Uint8Array> {
    return this.asked('request', SpanKind.CLIENT, body, options, (traced) => this.calls.requestTo(server, body, traced))
  }

  requestStreamTo(server: string, body: Body, options?: RequestOptions): AsyncIterableIterator<Uint8Array> {
    return this.streamed(body, options, (traced) => this.calls.requestStreamTo(server, body, traced))
  }

  sendTo(server: string, body: Body, options?: RequestOptions): Promise<void> {
    return this.asked('send', SpanKind.PRODUCER, body, options, (traced) => this.calls.sendTo(server, body, traced))
  }

  private async asked<Answer>(
    operation: string,
    kind: SpanKind,
    body: Body,
    options: RequestOptions | undefined,
    call: (options: RequestOptions | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    const span = this.begun(operation, kind, body)
    try {
      return await call(withTrace(span, options))
    } catch (error) {
      failed(span, error)
      throw error
    } finally {
      span.end()
    }
  }

  /** Its span is that of the whole stream. */
  private streamed(
    body: Body,
    options: RequestOptions | undefined,
    call: (options: RequestOptions | undefined) => AsyncIterableIterator<Uint8Array>,
  ): AsyncIterableIterator<Uint8Array> {
    const span = this.begun('request', SpanKind.CLIENT, body)
    return new SpannedItems(call(withTrace(span, options)), span)
  }

  private begun(operation: string, kind: SpanKind, body: Body): Span {
    return this.tracer.startSpan(`ring ${operation}`, { kind, attributes: attributesOf(operation, bytesOf(body)) })
  }
}

class TracedService extends TracedCalls implements Service {
  private readonly service: Service

  constructor(service: Service, tracer: Tracer) {
    super(service, tracer)
    this.service = service
  }

  get name(): string {
    return this.service.name
  }

  get posts(): PostCounters {
    return this.service.posts
  }
}

class TracedProgram extends TracedCalls implements Program {
  private readonly program: Program
  private readonly services = new Map<string, Service>()

  constructor(program: Program, tracer: Tracer) {
    super(program, tracer)
    this.program = program
  }

  get name(): string {
    return this.program.name
  }

  get role(): ProgramRole {
    return this.program.role
  }

  get serves(): string | undefined {
    return this.program.serves
  }

  get routing(): ProgramRouting | undefined {
    return this.program.routing
  }

  get counters(): ProgramCounters {
    return this.program.counters
  }

  service(name: string): Service {
    const present = this.services.get(name)
    if (present !== undefined) return present
    const traced = new TracedService(this.program.service(name), this.tracer)
    this.services.set(name, traced)
    return traced
  }

  serve(handler: Handler): void {
    this.program.serve((request) => this.handled(request, handler))
  }

  close(options?: { readonly drainMs?: number }): Promise<void> {
    return this.program.close(options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  onClosed(listener: (cause: LinkClosed) => void): () => void {
    return this.program.onClosed(listener)
  }

  onRouting(listener: (routing: ProgramRouting) => void): () => void {
    return this.program.onRouting(listener)
  }

  private handled(request: IncomingRequest, handler: Handler): ReturnType<Handler> {
    const kind = request.oneWay ? SpanKind.CONSUMER : SpanKind.SERVER
    const parent = contextOf(request.trace)
    const attributes = attributesOf('process', request.body.length)
    const span = this.tracer.startSpan('ring process', { kind, attributes }, parent)
    return context.with(trace.setSpan(parent, span), () => ended(span, () => handler(request)))
  }
}

/** The options with the span's place in the trace, unless the caller gave one. */
function withTrace<Options extends { readonly trace?: string }>(
  span: Span,
  options: Options | undefined,
): Options | { trace: string } | undefined {
  const trace = options?.trace ?? formatTraceparent(span.spanContext())
  return trace === undefined ? options : { ...options, trace }
}

/** Ends the span with the handler, at once or later; what the handler gives or throws stays as it is. */
function ended(span: Span, run: () => ReturnType<Handler>): ReturnType<Handler> {
  let result: ReturnType<Handler>
  try {
    result = run()
  } catch (error) {
    failed(span, error)
    span.end()
    throw error
  }
  if (!(result instanceof Promise)) return endedWith(span, result)
  return result.then(
    (answered) => endedWith(span, answered),
    (error: unknown) => {
      failed(span, error)
      span.end()
      throw error
    },
  )
}

/** The handler has returned; a stream ends its span with its last item. */
function endedWith(span: Span, answered: Answered): Answered {
  if (!isStream(answered)) {
    span.end()
    return answered
  }
  const inSpan = trace.setSpan(context.active(), span)
  const items = answered as AsyncIterable<Body>
  return { [Symbol.asyncIterator]: () => new SpannedItems(items[Symbol.asyncIterator](), span, inSpan) }
}

/** A stream, and the span that ends with it. Each item is asked for in the context of the span. */
class SpannedItems<Item> implements AsyncIterableIterator<Item, undefined> {
  private readonly items: AsyncIterator<Item, unknown>
  private readonly span: Span
  private readonly context: Context

  constructor(items: AsyncIterator<Item, unknown>, span: Span, inContext: Context = context.active()) {
    this.items = items
    this.span = span
    this.context = inContext
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    try {
      const result = await context.with(this.context, () => this.items.next())
      if (result.done !== true) return result
      this.span.end()
      return { done: true, value: undefined }
    } catch (error) {
      failed(this.span, error)
      this.span.end()
      throw error
    }
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.span.end()
    await this.items.return?.()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** 0 for what the program itself will refuse. */
function bytesOf(body: Body | undefined): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : (body?.byteLength ?? 0)
}

function contextOf(traceparent: string | undefined): Context {
  const remote = traceparent === undefined ? undefined : parseTraceparent(traceparent)
  return remote === undefined ? context.active() : trace.setSpanContext(context.active(), { ...remote, isRemote: true })
}

/** By OpenTelemetry's conventions for messaging. */
function attributesOf(operation: string, bytes: number): Readonly<Record<string, string | number>> {
  return {
    'messaging.system': 'ring',
    'messaging.operation.name': operation,
    'messaging.message.body.size': bytes,
  }
}

function failed(span: Span, error: unknown): void {
  const isError = error instanceof Error
  if (isError) span.recordException(error)
  span.setStatus({ code: SpanStatusCode.ERROR, message: thrownText(error) })
  if (isError && 'code' in error) span.setAttribute('error.type', String(error.code))
}
