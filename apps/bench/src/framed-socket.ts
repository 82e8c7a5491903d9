import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'

const lengthBytes = 4
const firstOutBytes = 64 * 1024
/** A frame of the echo is never longer; what is has not come from the bench. */
const frameBytesMax = 17 * 1024 * 1024

/** Length-prefixed frames on a socket: parsed one by one, and written together once a turn. */
export class FramedSocket {
  private readonly socket: Socket
  private out = Buffer.allocUnsafeSlow(firstOutBytes)
  private used = 0
  private rest: Buffer = Buffer.alloc(0)

  /** @param onFrame a frame's bytes, without the length; `onTurn` after those that came together */
  constructor(
    socket: Socket,
    onFrame: (chunk: Buffer, start: number, end: number) => void,
    onTurn: () => void = () => undefined,
  ) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (data) => {
      const rest = this.split(this.rest.length === 0 ? data : Buffer.concat([this.rest, data]), onFrame)
      if (rest === undefined) return
      this.rest = rest
      onTurn()
      this.flush()
    })
  }

  add(bytes: Buffer, start: number, end: number): void {
    const length = end - start
    this.makeRoom(lengthBytes + length)
    this.out.writeUInt32LE(length, this.used)
    bytes.copy(this.out, this.used + lengthBytes, start, end)
    this.used += lengthBytes + length
  }

  flush(): void {
    if (this.used === 0) return
    this.socket.write(this.out.subarray(0, this.used))
    this.used = 0
    // What the kernel has not taken at once is still read from the buffer.
    if (this.socket.writableLength > 0) this.out = Buffer.allocUnsafeSlow(this.out.length)
  }

  private split(chunk: Buffer, onFrame: (chunk: Buffer, start: number, end: number) => void): Buffer | undefined {
    let at = 0
    while (chunk.length - at >= lengthBytes) {
      const length = chunk.readUInt32LE(at)
      if (length > frameBytesMax) {
        this.socket.destroy(new Error('A frame is too long.'))
        return undefined
      }
      const end = at + lengthBytes + length
      if (end > chunk.length) break
      onFrame(chunk, at + lengthBytes, end)
      at = end
    }
    return chunk.subarray(at)
  }

  private makeRoom(bytes: number): void {
    if (this.used + bytes <= this.out.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.out.length * 2, this.used + bytes))
    this.out.copy(larger, 0, 0, this.used)
    this.out = larger
  }
}
