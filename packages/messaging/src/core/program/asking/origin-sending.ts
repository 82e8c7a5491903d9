import type { Link } from '@ring/platform'
import type { ChunkSender } from '../../frames/chunk-sender.ts'
import { writeCredit } from '../../frames/credit-frame.ts'
import {
  addressedPartition,
  FrameType,
  headerBytes,
  isKeyed,
  noPartition,
  writeExchange,
  writeHeader,
} from '../../frames/frame-header.ts'
import type { Outbox } from '../../frames/outbox.ts'
import { writeRequest } from '../../frames/request-frame.ts'
import type { NamedService } from '../../frames/service-id.ts'
import { NotDeliveredError } from '../errors.ts'
import type { ProgramRouting } from '../program-routing.ts'
import type { AskedServices } from './asked-services.ts'
import { partitionOf } from './key-route.ts'
import { KeyScratch } from './key-scratch.ts'
import { everything } from './partition-holds.ts'
import { aboutOf, heldKeyOf, type PendingRequest } from './pending-request.ts'
import { remainingMs } from './request-options.ts'
import { Retries } from './retries.ts'

/** Not before this is tried again what a server that is behind, or full, has refused. */
const pauseMs = 20
/** So long a routing is waited for that a server has named; then that server is asked again. */
const versionWaitMs = 500

/** The origin, as far as its sending needs it. */
export interface SendingOrigin {
  readonly services: AskedServices
  readonly nowMs: number
  fail(request: PendingRequest, error: Error): void
  /** Lets go of the bodies that were being put together. */
  forget(request: PendingRequest): void
}

/**
 * How the requests of an origin leave: each is sent at once, or held back where it would overtake (D5, K2), or kept for a link, a
 * routing or its next try.
 */
export class OriginSending {
  routing: ProgramRouting | undefined
  /** The key of the request that is at hand. */
  readonly key = new KeyScratch()
  link: Link | undefined
  /** The node has said DETACH: nothing is sent to it any more, for what it has not read when it closes might have been delivered. */
  isDetached = false
  /** The program is stopping: nothing is tried again. */
  isClosing = false
  private readonly origin: SendingOrigin
  private readonly services: AskedServices
  private readonly outbox: Outbox
  private readonly chunks: ChunkSender
  private readonly retries = new Retries()
  /** The node knows services and addresses: one that does not is never sent any. */
  private nodeKnowsServices = false
  private nodeKnowsCredit = false
  /** The node sends the rest of a fan-out whose servers have changed. */
  nodeKnowsMoves = false

  constructor(origin: SendingOrigin, outbox: Outbox, chunks: ChunkSender) {
    this.origin = origin
    this.services = origin.services
    this.outbox = outbox
    this.chunks = chunks
  }

  connect(link: Link, knowsServices: boolean, knowsCredit: boolean, knowsMoves: boolean): void {
    this.link = link
    this.nodeKnowsServices = knowsServices
    this.nodeKnowsCredit = knowsCredit
    this.nodeKnowsMoves = knowsMoves
    this.isClosing = false
    this.isDetached = false
  }

  linkLost(): void {
    this.link = undefined
    this.isDetached = false
  }

  /** Sends what waited for its next try, and what is not held any more. */
  tick(nowMs: number): void {
    if (!this.retries.isEmpty) for (const request of this.retries.due(nowMs)) this.dispatchAgain(request)
    this.releaseAll()
  }

  /** Sends a request whose key is loaded, or holds it back. */
  dispatch(request: PendingRequest): void {
    const { routing, link } = this
    if (request.needsLaterNode && this.dispatchLater(request)) return
    if (routing === undefined || link === undefined || this.isDetached) {
      this.holdUnrouted(request)
      return
    }
    const isKeyOfHash = routing.mode === 'hash' && request.type !== FrameType.broadcast
    // Between two groups a node knows no server. Who waits, waits in the order of its key, whose partition nobody knows.
    if (isKeyOfHash && routing.partitions === 0 && request.waitsWhenDown) {
      request.partition = noPartition
      this.holdWithAll(request)
      return
    }
    const hasPartition = isKeyOfHash && routing.partitions > 0
    request.partition = hasPartition
      ? partitionOf(routing.strategy, routing.partitions, request.key, request.keyHash)
      : noPartition
    const holds = this.services.holdsOf(request.service)
    if (!holds.isEmpty) {
      const hold = holds.find(request.partition)
      if (hold !== undefined) {
        request.waitIn(hold.fresh, 'held')
        return
      }
    }
    const keyHolds = this.services.keyHoldsOf(request.service)
    const ofKey = keyHolds.isEmpty || !hasPartition ? undefined : keyHolds.find(request.keyHash)
    if (ofKey !== undefined) {
      request.waitIn(ofKey, 'held')
      return
    }
    this.send(request, hasPartition ? routing.changedAt[request.partition]! : 0)
  }

  /** What concerns only those that name a service or a server, or take a stream; true when nothing is left to do. */
  private dispatchLater(request: PendingRequest): boolean {
    if (this.isTooOldFor(request)) {
      this.holdForLaterNode(request)
      return true
    }
    if (!request.isAddressed || this.routing === undefined || this.link === undefined || this.isDetached) return false
    request.partition = addressedPartition
    this.send(request, 0)
    return true
  }

  private send(request: PendingRequest, stamp: number): void {
    const { expiryMs } = request
    const deadlineMs = expiryMs === 0 ? 0 : remainingMs(expiryMs, this.origin.nowMs)
    request.state = 'out'
    request.attempts++
    const holds = this.services.holdsOf(request.service)
    holds.sent(request.partition)
    const carried = writeRequest(this.outbox, request, this.key, stamp, deadlineMs)
    if (carried < request.body.length) {
      this.chunks.add(FrameType.chunk, request, request.body, carried)
      // Small frames go between the chunks; those of the same key must not.
      if (isKeyed(request.partition)) {
        request.holdsKey = true
        this.services.keyHoldsOf(request.service).open(request.keyHash)
      }
    }
  }

  /** Without a routing, or a link for what may be sent again: wait for the next tick that has both. */
  private holdUnrouted(request: PendingRequest): void {
    request.partition = noPartition
    const isAway = this.link === undefined || this.isDetached
    // What is addressed has no order that would have to be kept.
    if (request.isAddressed || (isAway && !request.waitsWhenDown)) this.retries.add(request, this.origin.nowMs)
    else this.holdWithAll(request)
  }

  private holdWithAll(request: PendingRequest): void {
    const hold = this.services.holdsOf(request.service).open(everything)
    hold.version = Math.max(hold.version, 1)
    request.waitIn(hold.fresh, 'held')
  }

  /** The node would not understand it. Who wants to waits, in order, for one that does. */
  private holdForLaterNode(request: PendingRequest): void {
    request.partition = noPartition
    if (!request.waitsWhenDown) this.origin.fail(request, new NotDeliveredError('old-version', aboutOf(request)))
    // Other calls of the unnamed service go on.
    else if (request.isAddressed || request.stream !== undefined) this.retries.add(request, this.origin.nowMs)
    else this.holdWithAll(request)
  }

  /** Whether the node that is there is of a version that would not understand it. */
  isTooOldFor({ needsLaterNode, stream }: PendingRequest): boolean {
    if (!needsLaterNode || this.link === undefined || this.isDetached) return false
    return !this.nodeKnowsServices || (stream !== undefined && !this.nodeKnowsCredit)
  }

  /** Its handler has begun to answer, by a stream: what is of its key and partition does not wait for it any more. */
  opened(request: PendingRequest): void {
    const { service, partition } = request
    const heldKey = heldKeyOf(request)
    const holds = this.services.holdsOf(service)
    if (!holds.isEmpty) holds.delivered(request)
    request.holdsKey = false
    request.state = 'streaming'
    this.left(service, partition, heldKey)
  }

  /** Not delivered because the table moved on or there was no room: in order again, once all that is out has ended. */
  holdAgain(request: PendingRequest, version: number): void {
    const { partition, service } = request
    const known = this.routing?.version ?? 0
    const heldKey = this.renew(request)
    const hold = this.services.holdsOf(service).open(partition)
    request.waitIn(hold.again, 'held')
    hold.version = Math.max(hold.version, version)
    hold.why = request.lastReason ?? hold.why
    if (version <= known) hold.notBeforeMs = this.origin.nowMs + pauseMs
    else hold.versionUntilMs = this.origin.nowMs + versionWaitMs
    this.left(service, partition, heldKey)
  }

  /** May be tried again, after a while; false when it has been tried often enough. */
  tryAgain(request: PendingRequest): boolean {
    if (this.isClosing || !this.retries.mayTry(request)) return false
    const { partition, service } = request
    const wasOut = request.state === 'out'
    const heldKey = this.renew(request)
    this.retries.add(request, this.origin.nowMs)
    if (wasOut) this.left(service, partition, heldKey)
    return true
  }

  /** Nothing can end it any more but its deadline. */
  keepUntilDeadline(request: PendingRequest): void {
    const { partition, service } = request
    const heldKey = this.renew(request)
    this.retries.keep(request)
    this.left(service, partition, heldKey)
  }

  /**
   * The next try has a generation of its own, so that a late answer to this one is not taken for its. Returns the key that was held
   * for this try.
   */
  private renew(request: PendingRequest): number | undefined {
    const heldKey = heldKeyOf(request)
    request.holdsKey = false
    this.chunks.drop(FrameType.chunk, request.slot, request.generation)
    this.origin.forget(request)
    request.generation = (request.generation + 1) >>> 0
    return heldKey
  }

  private dispatchAgain(request: PendingRequest): void {
    request.waitingIn?.delete(request)
    request.waitingIn = undefined
    this.key.load(request.key)
    this.dispatch(request)
  }

  releaseAll(): void {
    for (const service of this.services.all) {
      if (!service.keyHolds.isEmpty) for (const key of service.keyHolds.over()) this.releaseKey(service, key)
      if (service.holds.isEmpty) continue
      for (const partition of service.holds.held()) this.release(service, partition)
    }
  }

  private maySend({ id }: NamedService): boolean {
    return this.link !== undefined && !this.isDetached && (id === undefined || this.nodeKnowsServices)
  }

  private releaseKey(service: NamedService, keyHash: number): void {
    if (!this.maySend(service)) return
    for (const request of this.services.keyHoldsOf(service).release(keyHash)) this.dispatchAgain(request)
  }

  private release(service: NamedService, partition: number): void {
    if (!this.maySend(service)) return
    const holds = this.services.holdsOf(service)
    const released = holds.release(partition, this.routing?.version ?? 0, this.origin.nowMs)
    if (released === undefined) return
    if (partition === everything && this.routing !== undefined) holds.resize(this.routing.partitions)
    for (const request of released.overtaken)
      this.origin.fail(request, new NotDeliveredError('moved', aboutOf(request)))
    for (const request of released.send) this.dispatchAgain(request)
  }

  /** A request that was out is not any more. */
  left(service: NamedService, partition: number, heldKey: number | undefined): void {
    const holds = this.services.holdsOf(service)
    holds.ended(partition)
    // Where the partition is held, they are to wait there before that is released.
    if (heldKey !== undefined) this.leftKey(service, heldKey)
    if (holds.isEmpty) return
    this.release(service, partition)
    this.release(service, everything)
  }

  private leftKey(service: NamedService, keyHash: number): void {
    this.services.keyHoldsOf(service).ended(keyHash)
    this.releaseKey(service, keyHash)
  }

  /** A large answer is being put together here: its sender may go on. */
  sendCredit({ slot, generation }: PendingRequest, limit: number): void {
    if (this.link !== undefined && this.nodeKnowsCredit)
      writeCredit(this.link, FrameType.replyCredit, slot, generation, limit)
  }

  /** Whoever still sends the answer to a call that ends is not waited for. */
  sendCancel(request: PendingRequest): void {
    if (this.link === undefined) return
    const at = this.outbox.reserve(headerBytes)
    writeHeader(this.outbox.bytes, at, FrameType.cancel, 0, 0)
    writeExchange(this.outbox.bytes, at, request.slot, request.generation)
  }
}
