import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Counts, LoadResult, RunLimit } from '../core/load-result.ts'
import { RequestBody } from '../core/request-body.ts'
import { Tally } from '../core/tally.ts'
import { FramedSocket } from '../speed/framed-socket.ts'
import type { Part } from './part.ts'

/**
 * The ceiling of a message path in Node: two processes, one TCP connection, length-prefixed frames. Each frame is
 * parsed, answered into one gathered write a turn, and each reply is compared. No keys, no routing, no promises.
 */
export interface BaselineServerSpec {
  readonly kind: 'baseline-server'
}

export interface BaselineClientSpec {
  readonly kind: 'baseline-client'
  readonly port: number
  readonly inFlight: number
  readonly bodyBytes: number
}

export class BaselineServerPart implements Part {
  /** The port it listens on. */
  readonly info: string
  private readonly listener: Server
  private readonly sockets: Set<Socket>
  private requests = 0
  private end: (() => void) | undefined

  private constructor(listener: Server, sockets: Set<Socket>) {
    this.listener = listener
    this.sockets = sockets
    this.info = String((listener.address() as AddressInfo).port)
    listener.on('connection', (socket) => this.serve(socket))
  }

  static async open(): Promise<BaselineServerPart> {
    const listener = createServer()
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    return new BaselineServerPart(listener, new Set())
  }

  async run(): Promise<LoadResult> {
    const startMs = performance.now()
    await new Promise<void>((resolve) => {
      this.end = resolve
    })
    return { kind: 'served', elapsedMs: performance.now() - startMs, requests: this.requests, bytes: 0, oneWay: 0 }
  }

  stop(): void {
    this.end?.()
  }

  counts(): Counts {
    return { sent: this.requests, done: this.requests, failures: 0 }
  }

  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    return new Promise((resolve) => {
      this.listener.close(() => resolve())
    })
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket)
    socket.on('close', () => this.sockets.delete(socket))
    socket.on('error', () => undefined)
    const frames = new FramedSocket(socket, (chunk, start, end) => {
      this.requests++
      frames.add(chunk, start, end)
    })
  }
}

export class BaselineClientPart implements Part {
  private readonly spec: BaselineClientSpec
  private readonly socket: Socket
  private readonly frames: FramedSocket
  private readonly body: Buffer
  private tally = new Tally()
  private endMs = 0
  private turnMs = 0
  private isNewTurn = true
  /** When each request that is out was sent: answers come in the order of the requests. */
  private sentMs = new Float64Array(1)
  private oldest = 0
  private done: (() => void) | undefined

  private constructor(spec: BaselineClientSpec, socket: Socket) {
    this.spec = spec
    this.socket = socket
    const { bytes } = new RequestBody(`ring-bench ${process.pid} baseline`, spec.bodyBytes)
    this.body = Buffer.from(bytes.buffer)
    this.frames = new FramedSocket(
      socket,
      (chunk, start, end) => this.onReply(chunk, start, end),
      () => {
        this.isNewTurn = true
      },
    )
    socket.on('error', () => undefined)
    socket.on('close', () => this.done?.())
  }

  static async open(spec: BaselineClientSpec): Promise<BaselineClientPart> {
    const socket = connect(spec.port, '127.0.0.1')
    await once(socket, 'connect')
    return new BaselineClientPart(spec, socket)
  }

  async run({ durationMs = 1_000, inFlight = this.spec.inFlight }: RunLimit): Promise<LoadResult> {
    this.tally = new Tally()
    this.sentMs = new Float64Array(inFlight)
    this.oldest = 0
    const startMs = performance.now()
    this.turnMs = startMs
    this.endMs = startMs + durationMs
    const ended = new Promise<void>((resolve) => {
      this.done = resolve
    })
    for (let place = 0; place < inFlight; place++) this.send(place)
    this.frames.flush()
    await ended
    return { kind: 'asked', elapsedMs: performance.now() - startMs, tally: this.tally.toRecord() }
  }

  stop(): void {
    this.endMs = 0
  }

  counts(): Counts {
    const { sent, replied } = this.tally
    return { sent, done: replied, failures: 0 }
  }

  close(): Promise<void> {
    this.socket.destroy()
    return Promise.resolve()
  }

  private send(place: number): void {
    this.tally.sent++
    this.sentMs[place] = this.turnMs
    this.frames.add(this.body, 0, this.body.length)
  }

  private onReply(chunk: Buffer, start: number, end: number): void {
    if (this.isNewTurn) {
      this.isNewTurn = false
      this.turnMs = performance.now()
    }
    const place = this.oldest
    this.oldest = place + 1 === this.sentMs.length ? 0 : place + 1
    this.tally.reply(this.body.compare(chunk, start, end) === 0, this.turnMs - this.sentMs[place]!)
    if (this.turnMs < this.endMs) this.send(place)
    else if (this.tally.outstanding === 0) this.done?.()
  }
}
