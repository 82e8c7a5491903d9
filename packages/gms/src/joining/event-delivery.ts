import { callListener, type Logger } from '@ring/platform'
import { EventStream } from './event-stream.ts'
import type {
  MembershipEvent,
  MembershipEventListener,
  MembershipEventType,
  MembershipListeners,
} from './membership-events.ts'

const waitingMaxDefault = 1024

export interface StreamOptions {
  /** Ends the iteration; what waits can still be taken. */
  readonly signal?: AbortSignal
  /** Events that may wait to be taken. Default 1024. */
  readonly waitingMax?: number
}

/** An event, and what the handle must know before anybody hears of it. */
interface Queued {
  readonly event: MembershipEvent
  readonly before: () => void
}

type Listener = MembershipEventListener<MembershipEventType>

/**
 * Brings events to those who listen: one event at a time, to all of them, in the order in which they came. Never from within
 * the protocol's own steps, so a listener may call whatever it likes.
 */
export class EventDelivery {
  readonly #logger: Logger
  readonly #listeners = new Map<MembershipEventType, Set<{ readonly call: Listener }>>()
  readonly #streams = new Set<EventStream<MembershipEvent>>()
  readonly #queue: Queued[] = []
  #scheduled = false
  #ended = false

  constructor(logger: Logger, listeners: MembershipListeners = {}) {
    this.#logger = logger
    // A caller without types may give an undefined one.
    const given = Object.entries(listeners) as [MembershipEventType, Listener | undefined][]
    for (const [type, listener] of given) if (listener) this.#add(type, listener)
  }

  emit(event: MembershipEvent, before: () => void = nothing): void {
    this.#queue.push({ event, before })
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => this.#drain())
  }

  /** @returns ends it; so does the signal */
  on<Type extends MembershipEventType>(
    type: Type,
    listener: MembershipEventListener<Type>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): () => void {
    if (signal?.aborted) return nothing
    // Only events of this type are handed to it.
    const removeListener = this.#add(type, listener as Listener)
    const remove = () => {
      removeListener()
      signal?.removeEventListener('abort', remove)
    }
    signal?.addEventListener('abort', remove, { once: true })
    return remove
  }

  stream({ signal, waitingMax = waitingMaxDefault }: StreamOptions = {}): AsyncIterableIterator<MembershipEvent> {
    const abort = () => stream.end()
    const stream = new EventStream<MembershipEvent>(waitingMax, () => {
      this.#streams.delete(stream)
      signal?.removeEventListener('abort', abort)
    })
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted || this.#ended) stream.end()
    else this.#streams.add(stream)
    return stream
  }

  #add(type: MembershipEventType, call: Listener): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners)
    const entry = { call }
    listeners.add(entry)
    return () => listeners.delete(entry)
  }

  #drain(): void {
    for (let queued = this.#queue.shift(); queued; queued = this.#queue.shift()) this.#deliver(queued)
    this.#scheduled = false
  }

  #deliver({ event, before }: Queued): void {
    if (this.#ended) return
    before()
    // A listener that is added while an event is delivered hears of the next one.
    for (const listener of [...(this.#listeners.get(event.type) ?? [])])
      callListener(this.#logger, event.type, () => listener.call(event))
    for (const stream of [...this.#streams]) stream.push(event)
    if (event.type === 'left') this.#end()
  }

  #end(): void {
    this.#ended = true
    this.#listeners.clear()
    for (const stream of [...this.#streams]) stream.end()
  }
}

function nothing(): void {
  // There is nothing to do.
}
