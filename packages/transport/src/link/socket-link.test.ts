import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import type { Link, LinkClosed, LinkHandler } from '@ring/platform'
import { afterEach, describe, expect, it } from 'vitest'
import { SocketLink } from './socket-link.ts'

const frames = { maxFrameBytes: 1_000_000, oneByOne: false }
const open: { destroy(): void }[] = []

afterEach(() => {
  for (const one of open.splice(0)) one.destroy()
})

async function pair(): Promise<[Socket, Socket]> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const dialed = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [socket] = (await accepted) as [Socket]
  server.close()
  open.push(dialed, socket)
  return [dialed, socket]
}

class Recorder implements LinkHandler {
  bytes = Buffer.alloc(0)
  drains = 0
  closes: LinkClosed[] = []
  readonly closed: Promise<void>
  private tell: () => void = () => undefined
  private waiting: { size: number; tell: () => void } | undefined

  constructor() {
    this.closed = new Promise((resolve) => {
      this.tell = resolve
    })
  }
  onFrames(_link: Link, buffer: Uint8Array, start: number, end: number): void {
    this.bytes = Buffer.concat([this.bytes, buffer.subarray(start, end)])
    if (this.waiting !== undefined && this.bytes.length >= this.waiting.size) this.waiting.tell()
  }
  onDrain(): void {
    this.drains++
  }
  onClosed(_link: Link, cause: LinkClosed): void {
    this.closes.push(cause)
    this.tell()
  }
  async received(size: number): Promise<void> {
    if (this.bytes.length >= size) return
    await new Promise<void>((resolve) => {
      this.waiting = { size, tell: resolve }
    })
  }
}

function frame(size: number, fill: number): Buffer {
  const bytes = Buffer.alloc(4 + size, fill)
  bytes.writeUInt32LE(size, 0)
  return bytes
}

describe('SocketLink', () => {
  it('keeps the order of small and large pieces and lets the caller reuse the small', async () => {
    const [a, b] = await pair()
    const receiver = new Recorder()
    new SocketLink(b, receiver, { frames })
    const link = new SocketLink(a, new Recorder(), { frames })
    const expected: Buffer[] = []
    for (let round = 0; round < 40; round++) {
      for (const size of [10, 100_000, 3, 20_000, 9_000, 9_000]) {
        const bytes = frame(size, round + (size % 7))
        expected.push(Buffer.from(bytes))
        link.write(bytes, 0, bytes.length)
        if (size < 16_000) bytes.fill(0xee)
      }
      if (round % 8 === 0) await new Promise(setImmediate)
    }
    const all = Buffer.concat(expected)
    await receiver.received(all.length)
    expect(receiver.bytes.equals(all)).toBe(true)
  })

  it('tells when a queue that was above the high-water mark has drained', async () => {
    const [a, b] = await pair()
    const sender = new Recorder()
    const link = new SocketLink(a, sender, { frames, highWaterBytes: 1_000_000 })
    b.pause()
    const bytes = frame(900_000, 1)
    for (let i = 0; i < 16; i++) link.write(bytes, 0, bytes.length)
    expect(link.queuedBytes).toBe(16 * bytes.length)
    await new Promise(setImmediate)
    expect(sender.drains).toBe(0)
    const receiver = new Recorder()
    new SocketLink(b, receiver, { frames })
    b.resume()
    await receiver.received(16 * bytes.length)
    await new Promise(setImmediate)
    expect([sender.drains, link.queuedBytes]).toEqual([1, 0])
  })

  it('destroys the link of a peer that does not read', async () => {
    const [a, b] = await pair()
    b.pause()
    const sender = new Recorder()
    const link = new SocketLink(a, sender, { frames, maxQueuedBytes: 4_000_000 })
    const bytes = frame(100_000, 1)
    for (let i = 0; i < 400 && link.isOpen; i++) {
      link.write(bytes, 0, bytes.length)
      await new Promise(setImmediate)
    }
    await sender.closed
    expect(sender.closes).toEqual([{ kind: 'violation', reason: 'does not read what is sent to it' }])
  })

  it('does not let small writes to a slow reader pin whole gathering buffers', async () => {
    const [a, b] = await pair()
    b.pause()
    const link = new SocketLink(a, new Recorder(), { frames })
    const big = frame(900_000, 1)
    for (let i = 0; i < 16; i++) link.write(big, 0, big.length)
    await new Promise(setImmediate)
    const before = process.memoryUsage().arrayBuffers
    const small = frame(100, 2)
    for (let i = 0; i < 2_000; i++) {
      link.write(small, 0, small.length)
      await new Promise((resolve) => {
        process.nextTick(resolve)
      })
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000)
  })

  it('ends the link at a frame that is too long, and says why, once', async () => {
    const [a, b] = await pair()
    const receiver = new Recorder()
    new SocketLink(b, receiver, { frames: { maxFrameBytes: 50, oneByOne: false } })
    a.on('error', () => undefined)
    a.write(frame(51, 0))
    await receiver.closed
    await new Promise(setImmediate)
    expect(receiver.closes).toEqual([{ kind: 'violation', reason: 'a frame is longer than allowed here' }])
  })

  it('writes what was taken before it closes, and both sides hear of it once', async () => {
    const [a, b] = await pair()
    const sender = new Recorder()
    const receiver = new Recorder()
    new SocketLink(b, receiver, { frames })
    const link = new SocketLink(a, sender, { frames })
    const bytes = frame(500_000, 5)
    link.write(bytes, 0, bytes.length)
    link.close()
    link.close()
    link.write(bytes, 0, bytes.length)
    await Promise.all([sender.closed, receiver.closed])
    expect(receiver.bytes.equals(bytes)).toBe(true)
    expect([sender.closes, receiver.closes]).toEqual([[{ kind: 'ended' }], [{ kind: 'ended' }]])
    expect(link.isOpen).toBe(false)
  })

  it('drops what was taken when it is destroyed', async () => {
    const [a, b] = await pair()
    const receiver = new Recorder()
    new SocketLink(b, receiver, { frames })
    const sender = new Recorder()
    const link = new SocketLink(a, sender, { frames })
    link.write(frame(100, 1), 0, 104)
    link.destroy()
    await Promise.all([sender.closed, receiver.closed])
    expect(receiver.bytes.length).toBe(0)
  })
})
