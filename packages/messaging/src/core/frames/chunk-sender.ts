import type { Link } from '@ring/platform'
import { windowBytes, withoutLimit } from './credit-frame.ts'
import { chunkBytes, Flag, headerBytes, writeExchange, writeHeader } from './frame-header.ts'

/** What may be queued on a link before large bodies wait for it to drain. */
const queuedAtMost = 256 * 1_024
const framesAtOnce = 4
/** Where frames are put together: a link has copied them when `write` returns. */
const batch = new Uint8Array(framesAtOnce * (headerBytes + chunkBytes))

const nothing = new Uint8Array(0)

/** The exchange that a body belongs to, and when that is over; 0 for never. */
export interface BodyExchange {
  readonly slot: number
  readonly generation: number
  readonly expiryMs: number
}

/** What makes its frames as the link takes them, such as a stream of items: in line while it is ready, and not longer. */
export interface FrameSource {
  readonly isReady: boolean
  /** Puts frames into `batch`, from its beginning; returns where they end. */
  fill(batch: Uint8Array): number
}

interface Sending extends BodyExchange {
  readonly type: number
  body: Uint8Array
  next: number
  /** So many of its bytes may be sent by now. */
  limit: number
  readonly source: FrameSource | undefined
}

/** What a source has instead of a body: of no type that anybody could ask for. */
const noBody = { type: 0, slot: 0, generation: 0, expiryMs: 0, body: new Uint8Array(0), next: 0, limit: 0 }

/** Sends the rest of large bodies in turns of a few frames each, so that small frames go between them, as far as each has credit. */
export class ChunkSender {
  private sending: Sending[] = []
  /** Those that have used up their credit. */
  private waiting: Sending[] = []
  private link: Link | undefined
  private isCredited = false

  /** @param knowsCredit whether the node at the other end does */
  connect(link: Link | undefined, knowsCredit = false): void {
    this.link = link
    this.isCredited = knowsCredit
    this.sending = []
    this.waiting = []
  }

  /** Nothing would be sent now. */
  get isIdle(): boolean {
    return this.sending.length === 0
  }

  /** How many bodies of this type have not been sent as a whole. */
  unsent(type: number): number {
    if (this.sending.length === 0 && this.waiting.length === 0) return 0
    return [...this.sending, ...this.waiting].filter((one) => one.type === type).length
  }

  /** @param from the first byte that the first frame did not carry */
  add(type: number, { slot, generation, expiryMs }: BodyExchange, body: Uint8Array, from: number): void {
    const limit = this.isCredited ? windowBytes : withoutLimit
    this.sending.push({ type, slot, generation, expiryMs, body, next: from, limit, source: undefined })
  }

  /** A source that was not ready is. */
  lineUp(source: FrameSource): void {
    this.sending.push({ ...noBody, source })
  }

  /** The reader has room for more. */
  grant(type: number, slot: number, generation: number, limit: number): void {
    const isIts = isOf(type, slot, generation)
    const one = this.waiting.find(isIts) ?? this.sending.find(isIts)
    if (one === undefined || limit <= one.limit) return
    one.limit = limit
    if (!this.waiting.includes(one)) return
    this.waiting = this.waiting.filter((other) => other !== one)
    this.sending.push(one)
  }

  /** Forgets a body whose exchange is over; whether there was one. */
  drop(type: number, slot: number, generation: number): boolean {
    if (this.sending.length === 0 && this.waiting.length === 0) return false
    return this.dropAll(isOf(type, slot, generation)).length > 0
  }

  /** Forgets what nobody can still wait for. */
  dropOverdue(type: number, nowMs: number): readonly BodyExchange[] {
    if (this.sending.length === 0 && this.waiting.length === 0) return []
    return this.dropAll((one) => one.type === type && one.expiryMs !== 0 && one.expiryMs < nowMs)
  }

  /** Writes until the link has enough; to be called at the end of a turn and when the link has drained. */
  pump(): void {
    const { link } = this
    while (this.sending.length > 0 && link !== undefined && link.isOpen && link.queuedBytes <= queuedAtMost) {
      const one = this.sending.shift()!
      if (one.source !== undefined) {
        if (sendFrom(link, one.source)) this.sending.push(one)
        continue
      }
      sendFrames(link, one)
      if (one.next >= one.body.length) {
        // Once the collector holds this record for old it would hold the body with it.
        one.body = nothing
        continue
      }
      if (one.next >= one.limit) this.waiting.push(one)
      else this.sending.push(one)
    }
  }

  private dropAll(isIts: (one: Sending) => boolean): Sending[] {
    const dropped = [...this.sending, ...this.waiting].filter(isIts)
    if (dropped.length === 0) return dropped
    this.sending = this.sending.filter((one) => !dropped.includes(one))
    this.waiting = this.waiting.filter((one) => !dropped.includes(one))
    return dropped
  }
}

function isOf(type: number, slot: number, generation: number): (one: Sending) => boolean {
  return (one) => one.type === type && one.slot === slot && one.generation === generation
}

/** Whether the source has more. */
function sendFrom(link: Link, source: FrameSource): boolean {
  const used = source.fill(batch)
  const { isReady } = source
  if (used > 0) link.write(batch, 0, used)
  return isReady
}

/** Frames are written whole, since a link within a process hands on what one call gives it. */
function sendFrames(link: Link, one: Sending): void {
  let used = 0
  while (used < batch.length && one.next < one.body.length && one.next < one.limit) used = putFrame(one, used)
  if (used > 0) link.write(batch, 0, used)
}

/** Puts the next frame of a body at `at` of the batch; returns its end. */
function putFrame(one: Sending, at: number): number {
  const room = batch.length - at - headerBytes
  const end = Math.min(one.next + Math.min(chunkBytes, room), one.body.length, one.limit)
  const size = end - one.next
  writeHeader(batch, at, one.type, end < one.body.length ? Flag.more : 0, size)
  writeExchange(batch, at, one.slot, one.generation)
  batch.set(one.body.subarray(one.next, end), at + headerBytes)
  one.next = end
  return at + headerBytes + size
}
