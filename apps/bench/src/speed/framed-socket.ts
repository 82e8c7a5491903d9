import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'

const lengthBytes = 4
const batchBytesMin = 64 * 1024
/** From here on a frame's bytes are written from where they lie: the copy would cost more than a piece of its own. */
const inPlaceBytesMin = 16 * 1024
/** A frame of the echo is never longer; what is has not come from the bench. */
const frameBytesMax = 17 * 1024 * 1024

type OnFrame = (chunk: Buffer, start: number, end: number) => void

/**
 * Length-prefixed frames on a socket, as one would write them by hand: parsed one by one and written together once a turn,
 * small ones copied into one buffer, large ones put together once and written from where they lie.
 */
export class FramedSocket {
  private readonly socket: Socket
  private readonly onFrame: OnFrame
  private batch: Buffer = Buffer.allocUnsafeSlow(batchBytesMin)
  /** Of the batch: up to where it is filled, and up to where that is among the pieces. */
  private used = 0
  private cut = 0
  /** What the next write is made of, in order. */
  private pieces: Buffer[] = []
  /** A frame whose bytes come in several chunks, in a buffer of its length, and how much of it is there. */
  private partial: Buffer | undefined
  private have = 0
  /** Less than a length, which the next chunk goes on with. */
  private rest: Buffer | undefined

  /** @param onFrame a frame's bytes, without the length; `onTurn` after those that came together */
  constructor(socket: Socket, onFrame: OnFrame, onTurn: () => void = () => undefined) {
    this.socket = socket
    this.onFrame = onFrame
    socket.setNoDelay(true)
    socket.on('data', (data) => {
      const start = this.fillPartial(data)
      if (start === data.length) {
        if (this.partial !== undefined) return
      } else if (!this.split(data, start)) return
      onTurn()
      this.flush()
    })
  }

  /** The bytes must stay as they are until they are written. */
  add(bytes: Buffer, start: number, end: number): void {
    const length = end - start
    const inPlace = length >= inPlaceBytesMin
    this.makeRoom(lengthBytes + (inPlace ? 0 : length))
    this.batch.writeUInt32LE(length, this.used)
    this.used += lengthBytes
    if (inPlace) {
      this.cutBatch()
      this.pieces.push(bytes.subarray(start, end))
    } else {
      bytes.copy(this.batch, this.used, start, end)
      this.used += length
    }
  }

  /** One gathered write. */
  flush(): void {
    this.cutBatch()
    const { pieces, socket } = this
    if (pieces.length === 0) return
    if (pieces.length === 1) socket.write(pieces[0]!)
    else {
      socket.cork()
      for (const piece of pieces) socket.write(piece)
      socket.uncork()
    }
    this.pieces = []
    this.used = 0
    this.cut = 0
    // What the kernel has not taken at once is still read from the buffer.
    if (socket.writableLength > 0) this.batch = Buffer.allocUnsafeSlow(batchBytesMin)
  }

  /** @returns where the bytes of the frame that was waited for end */
  private fillPartial(data: Buffer): number {
    const { partial } = this
    if (partial === undefined) return 0
    const taken = data.copy(partial, this.have)
    this.have += taken
    if (this.have === partial.length) {
      this.partial = undefined
      this.onFrame(partial, 0, partial.length)
    }
    return taken
  }

  /** @returns whether the connection goes on */
  private split(data: Buffer, start: number): boolean {
    const chunk = this.rest === undefined ? data : Buffer.concat([this.rest, data])
    this.rest = undefined
    let at = start
    while (chunk.length - at >= lengthBytes) {
      const length = chunk.readUInt32LE(at)
      if (length > frameBytesMax) {
        this.socket.destroy(new Error('A frame is too long.'))
        return false
      }
      at += lengthBytes
      if (at + length > chunk.length) {
        this.partial = Buffer.allocUnsafeSlow(length)
        this.have = chunk.copy(this.partial, 0, at)
        return true
      }
      this.onFrame(chunk, at, at + length)
      at += length
    }
    if (at < chunk.length) this.rest = chunk.subarray(at)
    return true
  }

  private cutBatch(): void {
    if (this.cut === this.used) return
    this.pieces.push(this.batch.subarray(this.cut, this.used))
    this.cut = this.used
  }

  /** A batch that is full stays among the pieces as it is. */
  private makeRoom(bytes: number): void {
    if (this.used + bytes <= this.batch.length) return
    this.cutBatch()
    this.batch = Buffer.allocUnsafeSlow(Math.max(batchBytesMin, bytes))
    this.used = 0
    this.cut = 0
  }
}
