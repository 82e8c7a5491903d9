import type { Link } from '@ring/platform'
import { Flag, headerBytes, maxPieceBytes, writeExchange, writeHeader } from './frame-header.ts'

/** What may be queued on a link before large bodies wait for it to drain. */
const queuedAtMost = 256 * 1_024

/** Where a piece is put together: a link has copied it when `write` returns. */
const frame = new Uint8Array(headerBytes + maxPieceBytes)

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

  /** A frame is written as one, since a link within a process hands on what one call gives it. */
  private sendPiece(link: Link, one: Sending): boolean {
    const end = Math.min(one.next + maxPieceBytes, one.body.length)
    const more = end < one.body.length
    const size = headerBytes + end - one.next
    writeHeader(frame, 0, one.type, more ? Flag.more : 0, end - one.next)
    writeExchange(frame, 0, one.slot, one.generation)
    frame.set(one.body.subarray(one.next, end), headerBytes)
    link.write(frame, 0, size)
    one.next = end
    return more
  }
}
