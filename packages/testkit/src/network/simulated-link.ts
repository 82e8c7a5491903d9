import { below, type Link, type LinkClosed, type LinkHandler, type NodeName, type Random } from '@ring/platform'
import type { Life } from './life.ts'
import { Stream, type StreamEnd, type StreamPath } from './stream.ts'

/** Where an end of a data link lives, and who listens to it. */
export interface LinkSide {
  readonly name: NodeName
  readonly life: Life
}

/** Bounds of a simulated data link, in bytes; the frame bound is that of the handshake's result. */
export interface LinkOptions {
  readonly highWaterBytes: number
  readonly lowWaterBytes: number
  /** The longest frame, without its length field. A longer one ends the link at its receiver. */
  readonly frameMaxBytes: number
}

export const defaultLinkOptions: LinkOptions = {
  highWaterBytes: 1024 * 1024,
  lowWaterBytes: 256 * 1024,
  frameMaxBytes: 68 * 1024,
}

/**
 * A data link between two lives: two ends that implement `Link`. Bytes are cut at random places on the way, and put
 * together to whole frames (`u32 length` little-endian, then so many bytes) before the receiver sees them.
 */
export function connectLinks(
  path: StreamPath,
  one: LinkSide,
  other: LinkSide,
  options: LinkOptions = defaultLinkOptions,
): readonly [SimulatedLink, SimulatedLink] {
  const first: SimulatedLink = new SimulatedLink(path, one, other.name, options, () => second)
  const second: SimulatedLink = new SimulatedLink(path, other, one.name, options, () => first)
  first.endWithLife()
  second.endWithLife()
  return [first, second]
}

const nothing = new Uint8Array(0)

export class SimulatedLink implements Link, StreamEnd<Uint8Array | 'end'> {
  readonly #path: StreamPath
  readonly #side: LinkSide
  readonly #options: LinkOptions
  readonly #far: () => SimulatedLink
  readonly #out: Stream<Uint8Array | 'end'>
  readonly #random: Random
  #handler: LinkHandler | undefined
  #state: 'open' | 'closing' | 'closed' = 'open'
  #gathered: Uint8Array[] = []
  #queued = 0
  #wasHigh = false
  #partial: Uint8Array = nothing
  #forgetLife: (() => void) | undefined
  /** Nothing is taken any more: this end closed, or has heard that the other did. What arrived before that is taken first. */
  #isDeaf = false

  constructor(path: StreamPath, side: LinkSide, farName: NodeName, options: LinkOptions, far: () => SimulatedLink) {
    this.#path = path
    this.#side = side
    this.#options = options
    this.#far = far
    this.#random = path.random
    this.#out = new Stream<Uint8Array | 'end'>(path, side.name, farName, this)
  }

  /** The process ends: so does the link, at both ends. */
  endWithLife(): void {
    this.#forgetLife = this.#side.life.whenEnded(() => {
      this.lose()
    })
  }

  /** Who hears of what arrives. To be set before the first turn ends. */
  listen(handler: LinkHandler): void {
    this.#handler = handler
  }

  get queuedBytes(): number {
    return this.#queued
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  write(source: Uint8Array, start: number, end: number): void {
    if (this.#state !== 'open' || start === end) return
    if (this.#gathered.length === 0) this.#flushSoon()
    this.#gathered.push(source.slice(start, end))
    this.#queued += end - start
    if (this.#queued > this.#options.highWaterBytes) this.#wasHigh = true
  }

  close(): void {
    if (this.#state !== 'open') return
    this.#flush()
    this.#state = 'closing'
    this.#isDeaf = true
    this.#out.put('end', 0)
    this.#endSoon({ kind: 'ended' })
  }

  destroy(): void {
    this.#isDeaf = true
    this.lose()
  }

  /** The connection is gone: this end notices now, the far end when it can be reached. */
  lose(): void {
    if (this.#state === 'closed') return
    this.#out.end()
    this.#endSoon({ kind: 'lost' })
    const far = this.#far()
    if (far.#state !== 'closed' && !this.#out.isSilent) far.lose()
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** What this end sends comes to nothing from now on, the word of its end included. */
  fallSilent(): void {
    this.#out.fallSilent()
  }

  gaveUp(): void {
    this.lose()
  }

  #flushSoon(): void {
    this.#path.timeline.queue.push(this.#path.timeline.nowMs, () => {
      if (this.#state === 'open') this.#flush()
    })
  }

  #flush(): void {
    const bytes = joined(this.#gathered)
    this.#gathered = []
    for (let at = 0; at < bytes.length; ) {
      const rest = bytes.length - at
      const size = below(this.#random, 3) === 0 ? 1 + below(this.#random, rest) : rest
      this.#path.book.of(this.#side.name).data.sent(size)
      this.#out.put(bytes.subarray(at, at + size), size)
      at += size
    }
  }

  arrived(item: Uint8Array | 'end'): void {
    const far = this.#far()
    if (item === 'end') {
      far.#endSoon({ kind: 'ended' })
      return
    }
    this.#path.book.of(far.#side.name).data.received(item.length)
    this.#written(item.length)
    far.#side.life.deliver(() => {
      far.#take(item)
    })
  }

  #written(bytes: number): void {
    this.#queued -= bytes
    if (!this.#wasHigh || this.#queued >= this.#options.lowWaterBytes) return
    this.#wasHigh = false
    this.#side.life.deliver(() => {
      if (this.#state === 'open') this.#handler?.onDrain(this)
    })
  }

  #take(bytes: Uint8Array): void {
    if (this.#isDeaf) return
    const all = joined([this.#partial, bytes])
    const end = this.#wholeFramesEnd(all)
    if (end < 0) {
      this.#violated(`a frame is longer than ${this.#options.frameMaxBytes} bytes`)
      return
    }
    this.#partial = all.slice(end)
    if (end === 0) return
    this.#handler?.onFrames(this, all, 0, end)
    // As a socket that reads the next into the same place: who kept a view sees it.
    all.fill(0xdd)
  }

  /** Where the last whole frame ends, or -1 when a frame is too long. */
  #wholeFramesEnd(bytes: Uint8Array): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let end = 0
    while (bytes.length - end >= 4) {
      const length = view.getUint32(end, true)
      if (length > this.#options.frameMaxBytes) return -1
      if (bytes.length - end - 4 < length) break
      end += 4 + length
    }
    return end
  }

  #violated(reason: string): void {
    this.#isDeaf = true
    const far = this.#far()
    this.#out.end()
    this.#endSoon({ kind: 'violation', reason })
    far.lose()
  }

  /** The owner hears of the end in a turn of its own, once, whatever else ends the link meanwhile. */
  #endSoon(cause: LinkClosed): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#queued = 0
    this.#forgetLife?.()
    this.#path.timeline.queue.push(this.#path.timeline.nowMs, () => {
      this.#side.life.deliver(() => {
        this.#isDeaf = true
        this.#handler?.onClosed(this, cause)
      })
    })
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
