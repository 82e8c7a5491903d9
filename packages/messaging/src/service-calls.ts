import { checkCallOptions, checkedBody, checkKey, checkServer } from './call-arguments.ts'
import type { Body } from './core/frames/body-bytes.ts'
import { FrameType } from './core/frames/frame-header.ts'
import type { AskedService } from './core/program/asking/asked-services.ts'
import type { Key } from './core/program/asking/key-route.ts'
import type { Origin } from './core/program/asking/origin.ts'
import type { Answer, BroadcastAnswer } from './core/program/asking/pending-request.ts'
import type { PostCounters } from './core/program/asking/posts.ts'
import type { RequestOptions } from './core/program/asking/request-options.ts'

/** What can be asked of a service: by {@link Program} of the unnamed one, by {@link Service} of one with a name. */
export interface ServiceCalls {
  /** One program, one answer. */
  request(key: Key, body: Body, options?: RequestOptions): Promise<Uint8Array>
  /**
   * One program, whose answer comes item by item; sent at the call. The iterator gives exactly the items that the handler yields, in
   * order, then the end or one error. Ending the loop early, or the signal, ends the handler's iterator as well. `deadlineMs` bounds
   * each wait for an item. A handler that returns a reply gives one item.
   */
  requestStream(key: Key, body: Body, options?: RequestOptions): AsyncIterableIterator<Uint8Array>
  /** One program; ends when its handler has. */
  send(key: Key, body: Body, options?: RequestOptions): Promise<void>
  /**
   * One program; nothing comes back. Returns false, and has taken nothing, while 896 posts to this service are out: wait for
   * {@link ServiceCalls.room}. What became of those taken is counted. The body must not be changed afterwards.
   *
   * @throws NotDeliveredError when it cannot begin: too large, the node is gone, the program is closing
   * @throws ArgumentError
   */
  post(key: Key, body: Body, options?: PostOptions): boolean
  /** Resolves when {@link ServiceCalls.post} takes a good number again. */
  room(): Promise<void>
  /** One program of every server that is up. */
  broadcast(body: Body, options?: RequestOptions): Promise<readonly BroadcastAnswer[]>
  /** One program of every server of the key. */
  replicate(key: Key, body: Body, options?: RequestOptions): Promise<readonly BroadcastAnswer[]>
  /**
   * One program of the server of this name, whatever keys that owns; with credit of its own, and without an order. One that is
   * not in the ring: `NotDeliveredError` with the reason `unknown-server`.
   */
  requestTo(server: string, body: Body, options?: RequestOptions): Promise<Uint8Array>
  /** Likewise, item by item. */
  requestStreamTo(server: string, body: Body, options?: RequestOptions): AsyncIterableIterator<Uint8Array>
  /** Likewise; ends when its handler has. */
  sendTo(server: string, body: Body, options?: RequestOptions): Promise<void>
}

/** A service with a name, as one program asks it. Only programs that serve it are reached. */
export interface Service extends ServiceCalls {
  readonly name: string
  /** What became of the posts to it. */
  readonly posts: PostCounters
}

/** Of a post: how long it may take, and its W3C `traceparent`. */
export type PostOptions = Pick<RequestOptions, 'deadlineMs' | 'trace'>

/** A post that finds the server full keeps its place in the order, here. */
const whenFullWaits = { whenFull: 'wait' } as const

/** The calls to one service. */
export class EndpointCalls implements ServiceCalls {
  private readonly origin: Origin
  private readonly asked: AskedService

  constructor(origin: Origin, asked: AskedService) {
    this.origin = origin
    this.asked = asked
  }

  request(key: Key, body: Body, options?: RequestOptions): Promise<Uint8Array> {
    return this.ask(FrameType.request, key, body, options) as Promise<Uint8Array>
  }

  requestStream(key: Key, body: Body, options?: RequestOptions): AsyncIterableIterator<Uint8Array, undefined> {
    return this.askForStream(key, body, options)
  }

  send(key: Key, body: Body, options?: RequestOptions): Promise<void> {
    return this.ask(FrameType.oneWay, key, body, options) as unknown as Promise<void>
  }

  post(key: Key, body: Body, options?: PostOptions): boolean {
    checkKey(key)
    const bytes = checkedBody(body)
    if (options !== undefined) checkCallOptions(options)
    const all = options === undefined ? whenFullWaits : { ...options, ...whenFullWaits }
    return this.asked.posts.post(key, bytes, all)
  }

  room(): Promise<void> {
    return this.asked.posts.room()
  }

  broadcast(body: Body, options?: RequestOptions): Promise<readonly BroadcastAnswer[]> {
    return this.ask(FrameType.broadcast, '', body, options) as Promise<readonly BroadcastAnswer[]>
  }

  replicate(key: Key, body: Body, options?: RequestOptions): Promise<readonly BroadcastAnswer[]> {
    return this.ask(FrameType.replicate, key, body, options) as Promise<readonly BroadcastAnswer[]>
  }

  requestTo(server: string, body: Body, options?: RequestOptions): Promise<Uint8Array> {
    return this.ask(FrameType.request, server, body, options, true) as Promise<Uint8Array>
  }

  requestStreamTo(server: string, body: Body, options?: RequestOptions): AsyncIterableIterator<Uint8Array, undefined> {
    return this.askForStream(server, body, options, true)
  }

  sendTo(server: string, body: Body, options?: RequestOptions): Promise<void> {
    return this.ask(FrameType.oneWay, server, body, options, true) as unknown as Promise<void>
  }

  /** What cannot be taken ends as other failures do: by the promise, in the next turn of the event loop. */
  private ask(
    type: number,
    key: Key,
    body: Body,
    options: RequestOptions | undefined,
    isAddressed = false,
  ): Promise<Answer> {
    const { origin } = this
    let bytes: Uint8Array
    try {
      bytes = checkedCall(key, body, options, isAddressed)
    } catch (error) {
      return origin.failures.passed().then(() => {
        throw error
      })
    }
    return origin.request(type, key, bytes, options, this.asked, isAddressed)
  }

  /** Likewise, by the iterator. */
  private askForStream(
    key: Key,
    body: Body,
    options: RequestOptions | undefined,
    isAddressed = false,
  ): AsyncIterableIterator<Uint8Array, undefined> {
    const { origin } = this
    let bytes: Uint8Array
    try {
      bytes = checkedCall(key, body, options, isAddressed)
    } catch (error) {
      return origin.refusedStream(error as Error)
    }
    return origin.requestStream(key, bytes, options, this.asked, isAddressed)
  }
}

function checkedCall(key: Key, body: Body, options: RequestOptions | undefined, isAddressed: boolean): Uint8Array {
  if (isAddressed) checkServer(key)
  else checkKey(key)
  const bytes = checkedBody(body)
  if (options !== undefined) checkCallOptions(options)
  return bytes
}

export class EndpointService extends EndpointCalls implements Service {
  readonly name: string
  private readonly counters: PostCounters

  constructor(origin: Origin, asked: AskedService, name: string) {
    super(origin, asked)
    this.name = name
    this.counters = asked.posts.counters
  }

  get posts(): PostCounters {
    return { ...this.counters }
  }
}
