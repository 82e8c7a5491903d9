import type { ChunkSender, FrameSource } from '../../frames/chunk-sender.ts'
import { firstStreamWindowBytes, withoutLimit } from '../../frames/credit-frame.ts'
import { headerBytes } from '../../frames/frame-header.ts'
import type { Outbox } from '../../frames/outbox.ts'
import { writeFailed } from '../../frames/reply-frame.ts'
import { Status } from '../../frames/status.ts'
import { itemCost, itemFrameBytes, putItemFrame, putStreamEnd, writeStreamOpening } from '../../frames/stream-frames.ts'
import type { IncomingRequest } from '../answering/incoming-request.ts'
import type { StreamRules } from './stream-rules.ts'
import { type ItemTaker, YieldedItems } from './yielded-items.ts'

/** What a handler may have yielded that has not been sent. */
const aheadBytes = 64 * 1_024

const noCredit =
  'a node or program on the way is of a version that knows no streams; upgrade it, or ask with request() for all of it at once'

/** What a stream is sent by. */
export interface StreamSender {
  readonly outbox: Outbox
  readonly chunks: ChunkSender
  readonly rules: StreamRules
  /** Whether its own node knows credit. */
  readonly isCredited: boolean
  /** Its last frame has been written. */
  streamEnded(request: IncomingRequest): void
}

/**
 * A stream as the answer to one request: asks the handler for items as long as there is credit for them, and puts them into frames
 * as the link takes these. It opens with its first item, so that until then its request is one like any other.
 */
export class StreamAnswer implements FrameSource, ItemTaker {
  /** Its deadline does not count any more: its asker counts. */
  isOpen = false
  private readonly request: IncomingRequest
  private readonly sender: StreamSender
  private readonly items: YieldedItems
  /** Yielded, not sent; of the first one, `next` is the first byte that was not. */
  private readonly unsent: Uint8Array[] = []
  private next = 0
  private unsentBytes = 0
  private sentBytes = 0
  private limit = firstStreamWindowBytes
  private isInLine = false
  /** How it ends once everything has been sent. */
  private ending: { readonly failure: string | undefined } | undefined
  private isOver = false

  constructor(request: IncomingRequest, iterable: AsyncIterable<unknown>, sender: StreamSender) {
    this.request = request
    this.sender = sender
    this.items = new YieldedItems(iterable, this)
    this.items.ask()
  }

  onItem(item: Uint8Array): void {
    if (!this.open()) return
    this.unsent.push(item)
    this.unsentBytes += itemCost(item.length)
    this.lineUp()
    this.askOn()
  }

  onEnd(): void {
    if (!this.open()) return
    this.ending = { failure: undefined }
    this.lineUp()
  }

  onFailed(text: string): void {
    this.ending = { failure: text }
    this.lineUp()
  }

  /** Its asker has room for more. */
  grant(limit: number): void {
    if (limit === withoutLimit) this.fail(noCredit)
    if (this.isOver || limit <= this.limit) return
    this.limit = limit
    this.lineUp()
    this.askOn()
  }

  /** Nobody waits for it any more. */
  async abandon(): Promise<void> {
    if (this.isOver) return
    this.isOver = true
    this.unsent.length = 0
    if (this.sender.rules.iteratorsClose) await this.items.close()
  }

  get isReady(): boolean {
    if (this.isOver) return false
    return this.unsent.length > 0 ? this.hasCredit : this.ending !== undefined
  }

  fill(batch: Uint8Array): number {
    let used = 0
    while (this.unsent.length > 0 && this.hasCredit) {
      const item = this.unsent[0]!
      if (batch.length - used < itemFrameBytes(item, this.next)) break
      used = this.put(batch, used, item)
    }
    if (this.unsent.length === 0 && this.ending !== undefined && batch.length - used >= headerBytes) {
      used = this.end(batch, used)
    }
    this.isInLine = this.isReady
    // A handler runs after what is at hand here has been written, not amid it.
    if (!this.isOver) void Promise.resolve().then(() => this.askOn())
    return used
  }

  private get hasCredit(): boolean {
    return this.sentBytes < this.limit || !this.sender.rules.creditBinds
  }

  private put(batch: Uint8Array, at: number, item: Uint8Array): number {
    const carried = putItemFrame(batch, at, this.request, item, this.next)
    const isFirstOfSeveral = this.next === 0 && carried < item.length
    const end = at + (isFirstOfSeveral ? itemFrameBytes(item, 0) : headerBytes + carried)
    this.next += carried
    if (this.next === item.length) {
      this.next = 0
      this.unsent.shift()
    }
    this.sentBytes += end - at
    this.unsentBytes -= end - at
    return end
  }

  /** Sends how it ends, after all its items. */
  private end(batch: Uint8Array, at: number): number {
    const { failure } = this.ending!
    this.isOver = true
    let end = at
    if (failure === undefined) end = putStreamEnd(batch, at, this.request)
    // What the outbox is given now leaves after this batch.
    else this.writeFailed(failure)
    this.sender.streamEnded(this.request)
    return end
  }

  private askOn(): void {
    if (this.isOver || this.ending !== undefined || this.unsentBytes >= aheadBytes) return
    if (this.sentBytes + this.unsentBytes < this.limit || !this.sender.rules.creditBinds) this.items.ask()
  }

  /** Says that a stream follows, once; false when it cannot. */
  private open(): boolean {
    if (this.isOpen) return true
    if (!this.sender.isCredited) {
      this.fail(noCredit)
      return false
    }
    this.isOpen = true
    writeStreamOpening(this.sender.outbox, this.request)
    return true
  }

  private fail(text: string): void {
    if (this.isOver) return
    void this.abandon()
    this.writeFailed(text)
    this.sender.streamEnded(this.request)
  }

  private writeFailed(text: string): void {
    const { slot, generation } = this.request
    writeFailed(this.sender.outbox, slot, generation, Status.handlerFailed, text)
  }

  private lineUp(): void {
    if (this.isInLine || !this.isReady) return
    this.isInLine = true
    this.sender.chunks.lineUp(this)
    this.sender.outbox.wakeUp()
  }
}
