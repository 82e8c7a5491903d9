import {
  aFunction,
  checkArgument,
  checkArguments,
  type LinkClosed,
  Listeners,
  type Logger,
  milliseconds,
  optional,
} from '@ring/platform'
import { checkCallOptions, checkedBody, checkKey } from './call-arguments.ts'
import type { Body } from './core/body-bytes.ts'
import { FrameType } from './core/frame-header.ts'
import type { Key } from './core/key-route.ts'
import type { Answer, BroadcastAnswer } from './core/pending-request.ts'
import type { PostCounters } from './core/posts.ts'
import type { ProgramEndpoint } from './core/program-endpoint.ts'
import type { ProgramRouting } from './core/program-routing.ts'
import type { RequestOptions } from './core/request-options.ts'
import type { Handler } from './core/responder.ts'

/** A server program answers, and may ask; a client program asks. */
export type ProgramRole = 'server' | 'client'

/**
 * A program of the ring. Every call ends exactly once: with an answer, with `NotDeliveredError` (it certainly did not
 * reach a handler), with `MaybeDeliveredError` (it may have), or with `HandlerFailedError`. Bodies must not be changed
 * before the call has ended. Arguments that cannot be taken end a call with `ArgumentError` (`RING_ARGUMENT`), before anything is sent.
 */
export interface Program {
  readonly name: string
  readonly role: ProgramRole
  /** What is known of the routing; `undefined` until the node has one. */
  readonly routing: ProgramRouting | undefined
  /** One program, one answer. */
  request(key: Key, body: Body, options?: RequestOptions): Promise<Uint8Array>
  /** One program; ends when its handler has. */
  send(key: Key, body: Body, options?: RequestOptions): Promise<void>
  /**
   * One program; nothing comes back. Returns false, and has taken nothing, while 896 posts are out: wait for
   * {@link Program.room}. What became of those taken is in {@link ProgramCounters.posts}. The body must not be changed
   * afterwards.
   *
   * @throws NotDeliveredError when it cannot begin: too large, the node is gone, the program is closing
   * @throws ArgumentError
   */
  post(key: Key, body: Body, options?: PostOptions): boolean
  /** Resolves when {@link Program.post} takes a good number again. */
  room(): Promise<void>
  /** One program of every server that is up. */
  broadcast(body: Body, options?: RequestOptions): Promise<readonly BroadcastAnswer[]>
  /** One program of every server of the key. */
  replicate(key: Key, body: Body, options?: RequestOptions): Promise<readonly BroadcastAnswer[]>
  /** Sets the handler. Requests that came before wait for it. */
  serve(handler: Handler): void
  /** Takes no new requests, lets those that run end (for `drainMs` at most, default 5 000), and leaves the node. */
  close(options?: { readonly drainMs?: number }): Promise<void>
  /** What this program dropped because nobody waited for it any more. */
  readonly counters: ProgramCounters
  /** The same as {@link Program.close}: `await using program = await attachProgram(...)`. */
  [Symbol.asyncDispose](): Promise<void>
  /**
   * The link to the node has ended for good; called at once where it has already.
   *
   * @returns ends it
   */
  onClosed(listener: (cause: LinkClosed) => void): () => void
  /**
   * Where messages go has changed.
   *
   * @returns ends it
   */
  onRouting(listener: (routing: ProgramRouting) => void): () => void
}

/** Counted since the program began. */
export interface ProgramCounters {
  /** Answers that came after their call had ended. */
  readonly staleAnswers: number
  /** Requests that were overdue, cancelled or incomplete before the handler was called. */
  readonly notStarted: number
  /** What became of posts. */
  readonly posts: PostCounters
}

/** Of a post: how long it may take, and its W3C `traceparent`. */
export type PostOptions = Pick<RequestOptions, 'deadlineMs' | 'trace'>

const drainPollMs = 5
const detachAnswerMs = 250
/** A post that finds the server full keeps its place in the order, here. */
const whenFullWaits = { whenFull: 'wait' } as const

/** The calls of a program, over whichever link its endpoint has. */
export class EndpointProgram implements Program {
  readonly name: string
  readonly role: ProgramRole
  private readonly endpoint: ProgramEndpoint
  private readonly leave: () => void
  private readonly closedListeners: Listeners<[LinkClosed]>
  private readonly routingListeners: Listeners<[ProgramRouting]>
  private closedBy: LinkClosed | undefined

  /** @param leave closes the link */
  constructor(
    { name, role }: { readonly name: string; readonly role: ProgramRole },
    endpoint: ProgramEndpoint,
    logger: Logger,
    leave: () => void,
  ) {
    this.name = name
    this.role = role
    this.endpoint = endpoint
    this.leave = leave
    this.closedListeners = new Listeners('onClosed()', 'closed', logger)
    this.routingListeners = new Listeners('onRouting()', 'routing', logger)
  }

  get routing(): ProgramRouting | undefined {
    return this.endpoint.origin.routing
  }

  request(key: Key, body: Body, options?: RequestOptions): Promise<Uint8Array> {
    return this.ask(FrameType.request, key, body, options) as Promise<Uint8Array>
  }

  send(key: Key, body: Body, options?: RequestOptions): Promise<void> {
    return this.ask(FrameType.oneWay, key, body, options) as unknown as Promise<void>
  }

  post(key: Key, body: Body, options?: PostOptions): boolean {
    checkKey(key)
    const bytes = checkedBody(body)
    if (options !== undefined) checkCallOptions(options)
    const all = options === undefined ? whenFullWaits : { ...options, ...whenFullWaits }
    return this.endpoint.origin.posts.post(key, bytes, all)
  }

  room(): Promise<void> {
    return this.endpoint.origin.posts.room()
  }

  broadcast(body: Body, options?: RequestOptions): Promise<readonly BroadcastAnswer[]> {
    return this.ask(FrameType.broadcast, '', body, options) as Promise<readonly BroadcastAnswer[]>
  }

  replicate(key: Key, body: Body, options?: RequestOptions): Promise<readonly BroadcastAnswer[]> {
    return this.ask(FrameType.replicate, key, body, options) as Promise<readonly BroadcastAnswer[]>
  }

  serve(handler: Handler): void {
    checkArgument('serve()', 'the handler', handler, aFunction)
    this.endpoint.responder.serve(handler)
  }

  get counters(): ProgramCounters {
    const { origin, responder } = this.endpoint
    const { counters: posts } = origin.posts
    return { staleAnswers: origin.staleAnswers, notStarted: responder.notStarted, posts: { ...posts } }
  }

  async close(options: { readonly drainMs?: number } = {}): Promise<void> {
    checkArguments('close()', options, { drainMs: optional(milliseconds) })
    const { drainMs = 5_000 } = options
    if (this.closedBy !== undefined) return
    this.endpoint.origin.stopAsking()
    // A client is sent no requests, and may still have some of its own to send again.
    if (this.role === 'server' && this.endpoint.isConnected) this.endpoint.detach()
    for (let waitedMs = 0; waitedMs < drainMs && this.endpoint.isConnected; waitedMs += drainPollMs) {
      // Requests may be on their way until the node says that there are none; one of the first version does not say.
      const mayFollow = this.role === 'server' && !this.endpoint.isDetached && waitedMs < detachAnswerMs
      if (!mayFollow && !this.isBusy) break
      await new Promise((resolve) => setTimeout(resolve, drainPollMs))
    }
    const closed = new Promise<void>((resolve) => {
      this.onClosed(() => {
        resolve()
      })
    })
    this.leave()
    await closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  onClosed(listener: (cause: LinkClosed) => void): () => void {
    const end = this.closedListeners.add(listener)
    if (this.closedBy !== undefined) this.closedListeners.call(listener, this.closedBy)
    return end
  }

  onRouting(listener: (routing: ProgramRouting) => void): () => void {
    return this.routingListeners.add(listener)
  }

  /** For the shell that owns the link. */
  routingChanged(routing: ProgramRouting): void {
    this.endpoint.setRouting(routing)
    this.routingListeners.tell(routing)
  }

  /** For the shell that owns the link: it has ended, and there will be no other. */
  closed(cause: LinkClosed): void {
    if (this.closedBy !== undefined) return
    this.closedBy = cause
    this.endpoint.origin.stopAsking()
    this.endpoint.linkLost()
    this.closedListeners.tell(cause)
  }

  /** What cannot be taken ends as other failures do: by the promise, in the next turn of the event loop. */
  private ask(type: number, key: Key, body: Body, options: RequestOptions | undefined): Promise<Answer> {
    const { origin } = this.endpoint
    let bytes: Uint8Array
    try {
      checkKey(key)
      bytes = checkedBody(body)
      if (options !== undefined) checkCallOptions(options)
    } catch (error) {
      return origin.failures.passed().then(() => {
        throw error
      })
    }
    return origin.request(type, key, bytes, options)
  }

  private get isBusy(): boolean {
    return this.endpoint.responder.running > 0 || this.endpoint.origin.pending.used > 0
  }
}
