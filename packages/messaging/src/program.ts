import {
  ArgumentError,
  aFunction,
  checkArgument,
  checkArguments,
  type LinkClosed,
  Listeners,
  type Logger,
  milliseconds,
  optional,
} from '@ring/platform'
import { aServiceName } from './call-arguments.ts'
import type { Handler } from './core/program/answering/responder.ts'
import { servicesAtMost } from './core/program/asking/asked-services.ts'
import type { PostCounters } from './core/program/asking/posts.ts'
import type { ProgramEndpoint } from './core/program/program-endpoint.ts'
import type { ProgramRouting } from './core/program/program-routing.ts'
import { EndpointCalls, EndpointService, type Service, type ServiceCalls } from './service-calls.ts'

/** A server program answers, and may ask; a client program asks. */
export type ProgramRole = 'server' | 'client'

/**
 * A program of the ring. It asks the unnamed service by its own calls, others by {@link Program.service}. Every call ends exactly
 * once: with an answer, with `NotDeliveredError` (it certainly did not reach a handler), with `MaybeDeliveredError` (it may have),
 * or with `HandlerFailedError`. Bodies must not be changed before the call has ended. Arguments that cannot be taken end a call
 * with `ArgumentError` (`RING_ARGUMENT`), before anything is sent.
 */
export interface Program extends ServiceCalls {
  readonly name: string
  readonly role: ProgramRole
  /** The service that it serves; without a name, the unnamed one, if it is a server program. */
  readonly serves: string | undefined
  /** What is known of the routing; `undefined` until the node has one. */
  readonly routing: ProgramRouting | undefined
  /**
   * The calls to the service of that name (1 to 255 characters): the same object each time. A program may name 1 024.
   *
   * @throws ArgumentError
   */
  service(name: string): Service
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
  /** What became of posts to the unnamed service. */
  readonly posts: PostCounters
}

const drainPollMs = 5
const detachAnswerMs = 250
/** What every program says of itself. */
export interface ProgramDescription {
  readonly name: string
  readonly role: ProgramRole
  readonly service?: string
}

/** The calls of a program, over whichever link its endpoint has. */
export class EndpointProgram extends EndpointCalls implements Program {
  readonly name: string
  readonly role: ProgramRole
  readonly serves: string | undefined
  private readonly named = new Map<string, Service>()
  private readonly endpoint: ProgramEndpoint
  private readonly leave: () => void
  private readonly closedListeners: Listeners<[LinkClosed]>
  private readonly routingListeners: Listeners<[ProgramRouting]>
  private closedBy: LinkClosed | undefined

  /** @param leave closes the link */
  constructor(
    { name, role, service }: ProgramDescription,
    endpoint: ProgramEndpoint,
    logger: Logger,
    leave: () => void,
  ) {
    super(endpoint.origin, endpoint.origin.services.unnamed)
    this.name = name
    this.role = role
    this.serves = service
    this.endpoint = endpoint
    this.leave = leave
    this.closedListeners = new Listeners('onClosed()', 'closed', logger)
    this.routingListeners = new Listeners('onRouting()', 'routing', logger)
  }

  get routing(): ProgramRouting | undefined {
    return this.endpoint.origin.routing
  }

  service(name: string): Service {
    checkArgument('service()', 'the name', name, aServiceName)
    const asked = this.endpoint.origin.services.named(name)
    if (asked === undefined) throw new ArgumentError(`A program may name ${servicesAtMost} services. Name fewer.`)
    const present = this.named.get(name)
    if (present !== undefined) return present
    const service = new EndpointService(this.endpoint.origin, asked, name)
    this.named.set(name, service)
    return service
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

  private get isBusy(): boolean {
    return this.endpoint.responder.running > 0 || this.endpoint.origin.pending.used > 0
  }
}
