import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CollectingLink } from '../../simulation/collecting-link.ts'
import { limitBeyond, limitOf, windowBytes, withoutLimit, writeCredit } from './credit-frame.ts'
import { bodyStart, chunkBytes, Flag, FrameType, headerFault, Offset, readU32, wholeBodyBytes } from './frame-header.ts'
import { Outbox } from './outbox.ts'
import {
  itemCost,
  itemFrameBytes,
  opensStream,
  putItemFrame,
  putStreamEnd,
  writeStreamOpening,
} from './stream-frames.ts'

const exchange = { slot: 7, generation: 9, expiryMs: 0 }
const lengths = fc.oneof(
  fc.nat(3 * chunkBytes),
  fc.constantFrom(0, 1, chunkBytes - 5, chunkBytes - 4, chunkBytes - 3, chunkBytes, chunkBytes + 1, 2 * chunkBytes - 4),
)

/** The frames of one item. */
function framesOf(item: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = []
  for (let from = 0; from < item.length || frames.length === 0; ) {
    const batch = new Uint8Array(itemFrameBytes(item, from) + 8)
    const carried = putItemFrame(batch, 0, exchange, item, from)
    frames.push(batch.subarray(0, 4 + readU32(batch, 0)))
    from += carried
  }
  return frames
}

describe('the frames of a stream', () => {
  it('carry an item of any length in pieces that fit, the first of several with its length; its cost is their bytes', () => {
    fc.assert(
      fc.property(lengths, (length) => {
        const item = new Uint8Array(length).map((_, at) => at * 7)
        const frames = framesOf(item)
        for (const [place, frame] of frames.entries()) {
          expect(headerFault(frame, 0, frame.length)).toBeUndefined()
          expect(frame.length).toBeLessThanOrEqual(16 * 1_024)
          expect(frame[Offset.type]).toBe(FrameType.replyChunk)
          const isFirstOfSeveral = place === 0 && frames.length > 1
          expect(frame[Offset.flags]).toBe(isFirstOfSeveral ? Flag.more | Flag.chunked : Flag.more)
          if (isFirstOfSeveral) expect(wholeBodyBytes(frame, 0)).toBe(length)
        }
        const bodies = frames.map((frame) => frame.subarray(bodyStart(frame, 0)))
        expect(Buffer.compare(Buffer.concat(bodies), item)).toBe(0)
        expect(itemCost(length)).toBe(frames.reduce((sum, frame) => sum + frame.length, 0))
      }),
    )
  })

  it('open with a length that no body has, and end with a frame that carries nothing', () => {
    const link = new CollectingLink()
    const outbox = new Outbox(() => undefined)
    outbox.connect(link)
    writeStreamOpening(outbox, exchange)
    outbox.flush()
    const [opening] = link.take()
    expect(headerFault(opening!, 0, opening!.length)).toBeUndefined()
    expect(opensStream(opening!, 0)).toBe(true)
    expect([opening![Offset.flags], bodyStart(opening!, 0)]).toEqual([Flag.chunked | Flag.more, opening!.length])
    const end = new Uint8Array(40)
    expect(putStreamEnd(end, 0, exchange)).toBe(40)
    expect([end[Offset.type], end[Offset.flags], bodyStart(end, 0)]).toEqual([FrameType.replyChunk, 0, 40])
  })

  it('are limited beyond 4 GiB, and never by the limit that says there is none', () => {
    const link = new CollectingLink()
    for (const limit of [windowBytes, withoutLimit, 2 ** 32, 2 ** 47 + 5]) {
      writeCredit(link, FrameType.replyCredit, 1, 2, limit)
      expect(limitOf(link.take()[0]!, 0)).toBe(limit)
    }
    expect(limitBeyond(0, windowBytes)).toBe(windowBytes)
    expect(limitBeyond(withoutLimit - windowBytes, windowBytes)).toBe(withoutLimit + 1)
    expect(limitBeyond(withoutLimit, windowBytes)).toBe(withoutLimit + windowBytes)
  })
})
