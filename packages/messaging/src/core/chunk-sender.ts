import type { Link } from '@ring/platform'
import { chunkBytes, Flag, headerBytes, writeExchange, writeHeader } from './frame-header.ts'

/** What may be queued on a link before large bodies wait for it to drain. */
const queuedAtMost = 256 * 1_024

const framesAtOnce = 4
/** Where frames are put together: a link has copied them when `write` returns. */
const batch = new Uint8Array(framesAtOnce * (headerBytes + chunkBytes))

interface Sending {
  readonly type: number
  readonly slot: number
  readonly generation: number
  readonly body: Uint8Array
  next: number
}

/** Sends the rest of large bodies in turns of one piece each, so that small frames go between them. */
export class ChunkSender {
  private sending: Sending[] = []
  private link: Link | undefined

  connect(link: Link | undefined): void {
    this.link = link
    this.sending = []
  }

  get isIdle(): boolean {
    return this.sending.length === 0
  }

  /** @param from the first byte that the first frame did not carry */
  add(type: number, slot: number, generation: number, body: Uint8Array, from: number): void {
    this.sending.push({ type, slot, generation, body, next: from })
  }

  /** Forgets a body whose exchange is over. */
  drop(type: number, slot: number, generation: number): void {
    if (this.sending.length === 0) return
    this.sending = this.sending.filter((one) => one.type !== type || one.slot !== slot || one.generation !== generation)
  }

  /** Writes until the link has enough; to be called at the end of a turn and when the link has drained. */
  pump(): void {
    const { link } = this
    while (this.sending.length > 0 && link !== undefined && link.isOpen && link.queuedBytes <= queuedAtMost) {
      const one = this.sending.shift()!
      if (this.sendPiece(link, one)) this.sending.push(one)
    }
  }

  /** Frames are written whole, since a link within a process hands on what one call gives it. */
  private sendPiece(link: Link, one: Sending): boolean {
    let used = 0
    while (used < batch.length && one.next < one.body.length) used = putFrame(one, used)
    link.write(batch, 0, used)
    return one.next < one.body.length
  }
}

/** Puts the next frame of a body at `at` of the batch; returns its end. */
function putFrame(one: Sending, at: number): number {
  const end = Math.min(one.next + chunkBytes, one.body.length)
  const size = end - one.next
  writeHeader(batch, at, one.type, end < one.body.length ? Flag.more : 0, size)
  writeExchange(batch, at, one.slot, one.generation)
  batch.set(one.body.subarray(one.next, end), at + headerBytes)
  one.next = end
  return at + headerBytes + size
}
