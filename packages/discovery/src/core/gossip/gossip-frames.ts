import { ByteWriter } from '../bytes/byte-writer.ts'

/** What a stream of bytes came to so far: whole frames, and whether more may follow. */
export interface GossipFrames {
  readonly frames: readonly Uint8Array[]
  /** `goodbye`: closed in order (length -5). `violation`: a length beyond the bound. Nothing after it is read. */
  readonly end?: 'goodbye' | 'violation'
}

const goodbyeLength = -5

/** Cuts the stream of one connection into frames: a big-endian length, then as many bytes. */
export class GossipFrameSplitter {
  readonly #maxBytes: number
  #pending = new Uint8Array(0)

  /** @param maxBytes the longest frame; checked before any of it is kept */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  push(bytes: Uint8Array): GossipFrames {
    const all = joined(this.#pending, bytes)
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength)
    const frames: Uint8Array[] = []
    let at = 0
    while (all.length - at >= 4) {
      const length = view.getInt32(at)
      if (length === goodbyeLength) return { frames, end: 'goodbye' }
      if (length <= 0 || length > this.#maxBytes) return { frames, end: 'violation' }
      if (all.length - at - 4 < length) break
      frames.push(all.subarray(at + 4, at + 4 + length))
      at += 4 + length
    }
    this.#pending = all.slice(at)
    return { frames }
  }
}

/** A frame with its length. */
export function gossipFrame(body: Uint8Array): Uint8Array {
  return new ByteWriter('big').u32(body.length).bytes(body).written
}

/** The word with which JGroups closes a connection in order. */
export const gossipGoodbye: Uint8Array = new ByteWriter('big').u32(0x1_0000_0000 + goodbyeLength).written

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (one.length === 0) return other
  const all = new Uint8Array(one.length + other.length)
  all.set(one)
  all.set(other, one.length)
  return all
}
