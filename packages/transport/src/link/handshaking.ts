import type { Socket } from 'node:net'
import type { Link, LinkClosed, LinkHandler } from '@ring/platform'
import type { HandshakeFailure, HandshakeSide } from '../core/handshake.ts'
import { handshakeFrameBytesMax, type LinkKind } from '../core/handshake-frames.ts'
import { SocketLink } from './socket-link.ts'

export const handshakeTimeoutMs = 5000

/** An open link and who is at its other end; it hands out nothing until it gets its handler. */
export interface OpenedLink<Identity> {
  readonly link: SocketLink
  readonly peer: Identity
  readonly kind: LinkKind
}

export type HandshakeEnd<Identity> =
  | { readonly ok: true; readonly opened: OpenedLink<Identity> }
  | {
      readonly ok: false
      readonly failure:
        | HandshakeFailure
        | { readonly code: 'link-lost'; readonly error?: Error }
        | { readonly code: 'timeout' }
    }

/**
 * Carries out a handshake on a connected socket, within a time and a frame bound. `done` is called exactly once; it must
 * hand the link over (`link.handOver`) before it returns.
 */
export function handshakeOn<Identity>(
  socket: Socket,
  side: HandshakeSide<Identity>,
  done: (end: HandshakeEnd<Identity>) => void,
): { abort(): void } {
  const carrier = new HandshakeCarrier(socket, side, done)
  return { abort: () => carrier.abort() }
}

class HandshakeCarrier<Identity> implements LinkHandler {
  readonly #side: HandshakeSide<Identity>
  readonly #done: (end: HandshakeEnd<Identity>) => void
  readonly #link: SocketLink
  readonly #timer: NodeJS.Timeout
  #ended = false

  constructor(socket: Socket, side: HandshakeSide<Identity>, done: (end: HandshakeEnd<Identity>) => void) {
    this.#side = side
    this.#done = done
    this.#link = new SocketLink(socket, this, { frames: { maxFrameBytes: handshakeFrameBytesMax, oneByOne: true } })
    this.#timer = setTimeout(() => this.#fail({ code: 'timeout' }), handshakeTimeoutMs).unref()
    if (side.opening) this.#send(side.opening)
  }

  abort(): void {
    this.#fail({ code: 'timeout' })
  }

  onFrames(_link: Link, buffer: Uint8Array, start: number, end: number): void {
    if (this.#ended) return
    const { send, done } = this.#side.onFrame(new Uint8Array(buffer.subarray(start + 4, end)))
    if (send) this.#send(send)
    if (!done) return
    if (!done.ok) {
      this.#fail(done.failure)
      return
    }
    this.#end({ ok: true, opened: { link: this.#link, peer: done.peer, kind: done.kind } })
  }

  onDrain(): void {
    // Handshake frames are far below any mark.
  }

  onClosed(_link: Link, cause: LinkClosed): void {
    // A first frame that cannot be one: who connected speaks another protocol.
    if (cause.kind === 'violation') return this.#end({ ok: false, failure: { code: 'not-ring' } })
    const error = cause.kind === 'lost' ? cause.error : undefined
    this.#end({ ok: false, failure: { code: 'link-lost', ...(error && { error }) } })
  }

  #fail(failure: Extract<HandshakeEnd<Identity>, { ok: false }>['failure']): void {
    // A refusal that was just written still goes out.
    this.#link.close()
    this.#end({ ok: false, failure })
  }

  #end(end: HandshakeEnd<Identity>): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    this.#done(end)
  }

  #send(frame: Uint8Array): void {
    writeFrame(this.#link, frame)
  }
}

/** One frame: its length, then its bytes. */
export function writeFrame(link: Link, frame: Uint8Array): void {
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, frame.length, true)
  link.write(length, 0, 4)
  link.write(frame, 0, frame.length)
}
