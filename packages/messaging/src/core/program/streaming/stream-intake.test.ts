import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AskingProgram, keys } from '../../../simulation/asking-program.ts'
import { endOf, turn } from '../../../simulation/streaming-ring.ts'
import { limitOf, windowBytes } from '../../frames/credit-frame.ts'
import {
  chunkedBytes,
  Flag,
  FrameType,
  headerBytes,
  maxFrameBytes,
  maxMessageBytes,
  Offset,
  readU32,
  writeExchange,
  writeHeader,
  writeU32,
} from '../../frames/frame-header.ts'
import { StreamIntake } from './stream-intake.ts'

const streamLength = 0xffff_ffff

/** A program that has asked its node for a stream; the node is the test. */
class Streamed {
  readonly program = new AskingProgram(true, true)
  readonly stream = this.program.endpoint.origin.requestStream(keys[0]!, new Uint8Array(1), undefined)
  private readonly request = this.program.sent()[0]!

  constructor() {
    expect(this.request[Offset.flags]! & Flag.stream).toBe(Flag.stream)
  }

  /** @param whole the length in the extension, where it has one */
  give(type: number, flags: number, body: Uint8Array, whole?: number): void {
    const extension = whole === undefined ? 0 : chunkedBytes
    const frame = new Uint8Array(headerBytes + extension + body.length)
    writeHeader(frame, 0, type, flags | (whole === undefined ? 0 : Flag.chunked), extension + body.length)
    writeExchange(frame, 0, readU32(this.request, Offset.slot), readU32(this.request, Offset.generation))
    if (whole !== undefined) {
      frame[Offset.words] = (headerBytes + extension) / 4
      writeU32(frame, headerBytes, whole)
    }
    frame.set(body, headerBytes + extension)
    this.program.endpoint.onFrames(frame, 0, frame.length)
  }

  open(): this {
    this.give(FrameType.reply, Flag.more, none, streamLength)
    return this
  }

  item(bytes: number): this {
    this.give(FrameType.replyChunk, Flag.more, new Uint8Array(bytes))
    return this
  }

  get heldBytes(): number {
    const [record] = this.program.endpoint.origin.pending.records
    return record?.stream instanceof StreamIntake ? record.stream.heldBytes : 0
  }

  /** What the program sent since: the types of its frames. */
  types(): number[] {
    return this.program.sent().map((frame) => frame[Offset.type]!)
  }

  async failure(): Promise<{ readonly end: string; readonly why: string }> {
    for (;;) {
      const taken = await this.stream.next().catch((error: unknown) => error)
      if (!(taken instanceof Error)) continue
      return { end: endOf(taken), why: String((taken.cause as Error | undefined)?.message) }
    }
  }
}

const none = new Uint8Array(0)

describe('a stream as it comes in', () => {
  it('tells an empty item from the end', async () => {
    const one = new Streamed().open().item(0).item(3)
    one.give(FrameType.replyChunk, 0, none)
    const lengths: number[] = []
    for await (const { length } of one.stream) lengths.push(length)
    expect(lengths).toEqual([0, 3])
    expect(one.program.endpoint.isIdle).toBe(true)
  })

  it('K3: keeps no more of what it came in than the item, while that waits', async () => {
    const one = new Streamed().open()
    one.item(5)
    const waiting = await one.stream.next()
    expect(waiting.value!.buffer.byteLength).toBe(5)
  })

  it.each<[string, (one: Streamed) => void, string]>([
    ['a second opening', (one) => one.open(), 'opened twice'],
    ['a last frame with bytes', (one) => one.give(FrameType.replyChunk, 0, new Uint8Array(1)), 'amid an item'],
    [
      'an end amid an item',
      (one) => {
        one.give(FrameType.replyChunk, Flag.more, new Uint8Array(5), 10)
        one.give(FrameType.replyChunk, 0, none)
      },
      'amid an item',
    ],
    [
      'an item amid another',
      (one) => {
        one.give(FrameType.replyChunk, Flag.more, new Uint8Array(5), 10)
        one.give(FrameType.replyChunk, Flag.more, new Uint8Array(5), 10)
      },
      'amid another',
    ],
    [
      'more of an item than it said',
      (one) => one.give(FrameType.replyChunk, Flag.more, new Uint8Array(5), 4),
      'longer',
    ],
    [
      'an item that is too large',
      (one) => one.give(FrameType.replyChunk, Flag.more, none, maxMessageBytes + 1),
      'larger than this program can',
    ],
    [
      'more than there was credit for',
      (one) => {
        for (let item = 0; item < 5; item++) one.item(64 * 1_024)
      },
      'credit',
    ],
  ])('K1: ends by what breaks the rules, and says CANCEL: %s', async (_what, breaks, why) => {
    const one = new Streamed().open().item(1)
    breaks(one)
    expect(one.types()).toContain(FrameType.cancel)
    expect(one.program.endpoint.isIdle).toBe(true)
    const failure = await one.failure()
    expect(failure.end).toBe('link-lost')
    expect(failure.why).toContain(why)
    expect(one.program.endpoint.origin.assemblies.begin(maxMessageBytes)).toBeDefined()
  })

  it('K3: gives credit as items are taken, not as they come', async () => {
    const one = new Streamed().open()
    const [first] = one.program.sent()
    expect([first![Offset.type], limitOf(first!, 0)]).toEqual([FrameType.replyCredit, windowBytes])
    for (let item = 0; item < 15; item++) one.item(16 * 1_024)
    expect(one.types()).toEqual([])
    for (let item = 0; item < 7; item++) await one.stream.next()
    expect(one.types()).toEqual([])
    await one.stream.next()
    const [credit] = one.program.sent()
    expect(credit![Offset.type]).toBe(FrameType.replyCredit)
    expect(limitOf(credit!, 0)).toBe(8 * (16 * 1_024 + headerBytes) + windowBytes)
  })

  it('K3: no bytes whatever throw, or are kept beyond the bound', async () => {
    const frames = fc.array(
      fc.record({
        type: fc.constantFrom(
          FrameType.replyChunk,
          FrameType.replyChunk,
          FrameType.replyChunk,
          FrameType.reply,
          FrameType.failed,
        ),
        flags: fc.nat(255).map((flags) => flags & ~(Flag.chunked | Flag.trace | Flag.service)),
        bytes: fc.oneof(fc.nat(100), fc.nat(64 * 1_024)),
        whole: fc.option(fc.oneof(fc.nat(200_000), fc.constantFrom(0, maxMessageBytes, streamLength)), {
          nil: undefined,
        }),
        takes: fc.boolean(),
      }),
      { maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(frames, async (given) => {
        const one = new Streamed().open()
        for (const { type, flags, bytes, whole, takes } of given) {
          one.give(type, flags, new Uint8Array(bytes), whole)
          if (takes) void one.stream.next().catch(() => undefined)
          expect(one.heldBytes).toBeLessThanOrEqual(windowBytes + maxMessageBytes + 2 * maxFrameBytes)
        }
        await one.stream.return?.()
        await turn()
        expect([one.program.endpoint.isIdle, one.heldBytes]).toEqual([true, 0])
        // All room for items is free again.
        const { assemblies } = one.program.endpoint.origin
        expect([1, 2, 3, 4].map(() => assemblies.begin(maxMessageBytes))).not.toContain(undefined)
      }),
      { numRuns: 300 },
    )
  })
})
