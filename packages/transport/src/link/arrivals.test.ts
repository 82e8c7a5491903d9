import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, Socket } from 'node:net'
import type { Link, LinkHandler } from '@ring/platform'
import { afterEach, describe, expect, it } from 'vitest'
import { connectPlain, takeAccepted } from './arrivals.ts'
import { SocketLink } from './socket-link.ts'

const frames = { maxFrameBytes: 1_000_000, oneByOne: false }
const open: { destroy(): void }[] = []

afterEach(() => {
  for (const one of open.splice(0)) one.destroy()
})

interface Pair {
  readonly dialled: Socket
  readonly taken: Socket
  readonly server: Server
}

async function pair(): Promise<Pair> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const connection = once(server, 'connection')
  const dialled = connectPlain({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' })
  const taken = takeAccepted(((await connection) as [Socket])[0])
  open.push(dialled, taken)
  return { dialled, taken, server }
}

/** A frame of so many bytes behind its length. */
function frame(size: number, fill: number): Buffer {
  const bytes = Buffer.alloc(4 + size, fill)
  bytes.writeUInt32LE(size)
  return bytes
}

/** What arrived, and where it lay. */
class Reader implements LinkHandler {
  readonly read: Buffer[] = []
  readonly places = new Set<ArrayBufferLike>()
  private readonly wanted: number
  private tell: () => void = () => undefined
  readonly all = new Promise<void>((resolve) => {
    this.tell = resolve
  })
  readonly closed: Promise<void>
  private tellClosed: () => void = () => undefined

  constructor(wanted: number) {
    this.wanted = wanted
    this.closed = new Promise((resolve) => {
      this.tellClosed = resolve
    })
  }

  get bytes(): Buffer {
    return Buffer.concat(this.read)
  }

  onFrames(_link: Link, buffer: Uint8Array, start: number, end: number): void {
    this.read.push(Buffer.from(buffer.subarray(start, end)))
    this.places.add(buffer.buffer)
    if (this.bytes.length >= this.wanted) this.tell()
  }

  onDrain(): void {
    // Nothing here is so long.
  }

  onClosed(): void {
    this.tellClosed()
  }
}

describe('what arrives on plain sockets', () => {
  it('K1: is read into one place, by who dialled and by who was dialled, and is whole', async () => {
    const { dialled, taken } = await pair()
    const sent = [1, 2, 3].map((fill) => frame(1_000, fill))
    const readers = [dialled, taken].map((socket) => {
      const reader = new Reader(3_012)
      open.push(new SocketLink(socket, reader, { frames }))
      return reader
    })
    for (const socket of [dialled, taken]) for (const one of sent) socket.write(one)
    for (const reader of readers) {
      await reader.all
      expect(reader.bytes.equals(Buffer.concat(sent))).toBe(true)
    }
    const places = new Set(readers.flatMap((reader) => [...reader.places]))
    expect(places.size).toBe(1)
  })

  it('waits, in order, for whoever is to receive it', async () => {
    const { dialled, taken } = await pair()
    taken.write(frame(10, 1))
    dialled.write(frame(10, 2))
    await new Promise((resolve) => dialled.write(frame(10, 3), resolve))
    for (const [socket, wanted] of [
      [taken, Buffer.concat([frame(10, 2), frame(10, 3)])],
      [dialled, frame(10, 1)],
    ] as const) {
      expect(socket.bytesRead).toBe(0)
      const reader = new Reader(wanted.length)
      open.push(new SocketLink(socket, reader, { frames }))
      await reader.all
      expect(reader.bytes.equals(wanted)).toBe(true)
    }
  })

  it('ends where the other end does, and its server waits for that', async () => {
    const { dialled, taken, server } = await pair()
    const readers = [new Reader(0), new Reader(0)]
    const [one] = [dialled, taken].map((socket, at) => new SocketLink(socket, readers[at]!, { frames }))
    let isServerClosed = false
    const serverClosed = new Promise<void>((resolve) => {
      server.close(() => {
        isServerClosed = true
        resolve()
      })
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isServerClosed).toBe(false)
    one!.close()
    await Promise.all(readers.map(({ closed }) => closed))
    await serverClosed
  })

  it('a socket without such a handle stays as it is', () => {
    const socket = new Socket()
    open.push(socket)
    expect(takeAccepted(socket)).toBe(socket)
  })
})
