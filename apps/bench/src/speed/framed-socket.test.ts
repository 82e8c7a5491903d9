import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FramedSocket } from './framed-socket.ts'

/** A socket that is given its chunks by hand, and keeps what is written: with a kernel that takes it all, or takes it later. */
class HandSocket extends Duplex {
  readonly written: Buffer[] = []
  private readonly waiting: (() => void)[] = []
  private readonly isSlow: boolean

  constructor(isSlow: boolean) {
    super()
    this.isSlow = isSlow
  }

  setNoDelay(): this {
    return this
  }

  override _read(): void {
    // Chunks come when the test says so.
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    const take = () => {
      for (const { chunk } of chunks) this.written.push(Buffer.from(chunk))
      done()
    }
    if (this.isSlow) this.waiting.push(take)
    else take()
  }

  /** The kernel takes what waits, also what is written then. */
  takeAll(): void {
    for (let take = this.waiting.shift(); take !== undefined; take = this.waiting.shift()) take()
  }
}

const lengths = fc.array(
  fc.oneof({ weight: 4, arbitrary: fc.nat(300) }, fc.constantFrom(16_383, 16_384, 70_000, 200_000)),
  { minLength: 1, maxLength: 12 },
)

it('echoes frames of every size as they came, however they are cut and however late they are taken', () => {
  fc.assert(
    fc.property(lengths, fc.array(fc.nat(70_000), { minLength: 1 }), fc.boolean(), (sizes, cuts, isSlow) => {
      const socket = new HandSocket(isSlow)
      const frames = new FramedSocket(socket as unknown as Socket, (chunk, start, end) => frames.add(chunk, start, end))
      const sent = Buffer.concat(sizes.flatMap((size, at) => frameOf(size, at)))
      for (let at = 0, turn = 0; at < sent.length; turn++) {
        const end = at + 1 + cuts[turn % cuts.length]!
        socket.emit('data', Buffer.from(sent.subarray(at, end)))
        at = end
      }
      socket.takeAll()
      expect(Buffer.concat(socket.written).equals(sent)).toBe(true)
    }),
    { numRuns: 200 },
  )
})

it('ends a connection on which a frame is longer than any of the bench', () => {
  const socket = new HandSocket(false)
  socket.on('error', () => undefined)
  const frames = new FramedSocket(socket as unknown as Socket, (chunk, start, end) => frames.add(chunk, start, end))
  socket.emit('data', Buffer.from([255, 255, 255, 127]))
  expect(socket.destroyed).toBe(true)
})

function frameOf(size: number, at: number): readonly Buffer[] {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(size)
  return [length, Buffer.alloc(size, at + 1)]
}
