import type { Assembly } from '../../frames/assembly.ts'
import { type NamedService, unnamedService } from '../../frames/service-id.ts'
import type { MaybeDeliveredReason, NotDeliveredReason } from '../../frames/status.ts'
import type { StreamFrame } from '../../frames/stream-frames.ts'
import type { CallAbout } from '../errors.ts'
import type { Key } from './key-route.ts'

/** One server's answer to a broadcast or a replicate; `server` is its name when it was asked. */
export type BroadcastAnswer =
  | { readonly server: string | undefined; readonly ok: true; readonly body: Uint8Array }
  | { readonly server: string | undefined; readonly ok: false; readonly error: Error }

/** Where a request is: on its way, answered in part by a stream, held back here (rule D5), or waiting for its next try. */
export type PendingState = 'free' | 'out' | 'streaming' | 'held' | 'retrying'

export type Answer = Uint8Array | readonly BroadcastAnswer[] | undefined

/** Where a stream goes that answers a request. */
export interface RequestedStream {
  /** The frame that opens it. */
  opened(request: PendingRequest): void
  /** A frame after that. */
  onFrame(request: PendingRequest, bytes: Uint8Array, at: number, end: number): StreamFrame
  /** What has come and nobody has taken is not wanted. */
  drop(): void
  failed(error: Error): void
  /** The request has ended. */
  ended(): void
}

/** A request of this program that has not ended. The records are used again, each under the slot it was made for. */
export class PendingRequest {
  readonly slot: number
  generation = 1
  state: PendingState = 'free'
  /** Order of the calls that made them. */
  sequence = 0
  type = 0
  flags = 0
  key: Key = ''
  keyHash = 0
  partition = 0
  /** Whose order it is part of. */
  service: NamedService = unnamedService
  /** Its key is the name of the server that it is for. */
  isAddressed = false
  /** It names a service or a server, or takes a stream: a node of an earlier version would not understand it. */
  needsLaterNode = false
  body: Uint8Array = empty
  trace: Uint8Array | undefined
  /** When it ends by itself: monotonic milliseconds, 0 for never. */
  expiryMs = 0
  retryAtMs = 0
  /** Where it is kept while it is held back or waits for its next try. */
  waitingIn: Set<PendingRequest> | undefined
  attempts = 0
  /** It is out, and its body large: what is of its key waits for its end. */
  holdsKey = false
  /** A try ended so: whatever becomes of later ones, a handler may have had it (K1). */
  maybe: MaybeDeliveredReason | undefined
  /** Why the last try that was not delivered was not: what a deadline that passes meanwhile is told with. */
  lastReason: NotDeliveredReason | undefined
  /** Sent again, in order, for as long as there is nobody to take it. */
  waitsWhenDown = false
  /** The caller has given up; only the answer to CANCEL is waited for, a little. */
  isCancelled = false
  resolve: (answer: Answer) => void = nothing
  reject: (error: Error) => void = nothing
  signal: AbortSignal | undefined
  onAbort: (() => void) | undefined
  answers: BroadcastAnswer[] | undefined
  /** Of a fan-out: the highest version that a server named which answered MOVED, since it was sent last; {@link noneMoved}. */
  movedVersion = noneMoved
  assemblies: Map<number, Assembly> | undefined
  /** Where the items go that answer it, if its caller takes a stream. */
  stream: RequestedStream | undefined

  constructor(slot: number) {
    this.slot = slot
  }

  /** Held back, or waiting for the next try, in this set and no other. */
  waitIn(set: Set<PendingRequest>, state: 'held' | 'retrying'): void {
    this.waitingIn?.delete(this)
    this.waitingIn = set
    this.state = state
    set.add(this)
  }

  private forgetService(): void {
    this.service = unnamedService
    this.isAddressed = false
    this.needsLaterNode = false
  }

  /** Lets go of everything that the caller gave. */
  clear(): void {
    this.state = 'free'
    this.waitingIn?.delete(this)
    this.waitingIn = undefined
    this.generation = (this.generation + 1) >>> 0
    this.key = ''
    this.body = empty
    this.resolve = nothing
    this.reject = nothing
    this.trace = undefined
    if (this.needsLaterNode) this.forgetService()
    this.holdsKey = false
    this.answers = undefined
    this.movedVersion = noneMoved
    this.stream = undefined
    this.maybe = undefined
    this.lastReason = undefined
    this.isCancelled = false
    this.waitsWhenDown = false
    if (this.signal !== undefined && this.onAbort !== undefined) this.signal.removeEventListener('abort', this.onAbort)
    this.signal = undefined
    this.onAbort = undefined
  }
}

/** Of a fan-out of which every server took what it was sent. */
export const noneMoved = -1

/** The key that others wait for until this call has ended. */
export function heldKeyOf({ holdsKey, keyHash }: PendingRequest): number | undefined {
  return holdsKey ? keyHash : undefined
}

/** What a call was for, as far as it says so itself. */
export function aboutOf({ service, isAddressed, key, stream }: PendingRequest): CallAbout {
  return { service: service.name, server: isAddressed ? String(key) : undefined, isStream: stream !== undefined }
}

const empty = new Uint8Array(0)

function nothing(): void {
  // A free record has nobody to tell.
}

/** The records of all requests that have not ended: a slab, found by slot. */
export class PendingTable {
  /** By slot; the first `length` were used at some time. */
  readonly records: PendingRequest[] = []
  private readonly free: PendingRequest[] = []
  private readonly capacity: number

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get used(): number {
    return this.records.length - this.free.length
  }

  take(): PendingRequest | undefined {
    const record = this.free.pop()
    if (record !== undefined) return record
    if (this.records.length >= this.capacity) return undefined
    const made = new PendingRequest(this.records.length)
    this.records.push(made)
    return made
  }

  release(record: PendingRequest): void {
    record.clear()
    this.free.push(record)
  }

  /** The request under this slot and generation, if it has not ended. */
  find(slot: number, generation: number): PendingRequest | undefined {
    const record = this.records[slot]
    return record !== undefined && record.generation === generation && record.state !== 'free' ? record : undefined
  }
}
