import { connect, type Socket } from 'node:net'
import {
  type Address,
  type Clock,
  callListener,
  DeadlineTimer,
  EventTurns,
  type Logger,
  type Random,
} from '@ring/platform'
import { parseAddress } from '@ring/transport'
import {
  GossipStubCore,
  type GossipStubEffect,
  type GossipStubEvent,
  type OwnRegistration,
} from '../core/gossip/gossip-stub.ts'
import type { PingData } from '../core/gossip/jgroups-types.ts'

export interface RouterConnectionOptions {
  readonly router: Address
  readonly group: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** The router's answer to `ask`; `undefined`: it cannot be asked now. */
  readonly onMembers: (members: readonly PingData[] | undefined) => void
}

const connectTimeoutMs = 3000
/** A router that does not read is as good as gone. */
const unreadMax = 256 * 1024

/** One gossip router as a node sees it: drives the core over a TCP connection that is opened again and again. */
export class RouterConnection {
  readonly #options: RouterConnectionOptions
  readonly #core: GossipStubCore
  #socket: Socket | undefined
  readonly #timer: DeadlineTimer
  #wasLost = false
  readonly #turns = new EventTurns<GossipStubEvent>((event) => this.#take(event))
  #stopped = false

  constructor(options: RouterConnectionOptions) {
    this.#options = options
    this.#core = new GossipStubCore(options)
    this.#timer = new DeadlineTimer(options.clock, () => this.#step({ type: 'tick' }))
  }

  start(): void {
    this.#step({ type: 'start' })
  }

  register(own: OwnRegistration): void {
    this.#step({ type: 'register', own })
  }

  ask(): void {
    this.#step({ type: 'ask' })
  }

  stop(): void {
    this.#step({ type: 'stop' })
  }

  #step(event: GossipStubEvent): void {
    this.#turns.push(event)
  }

  #take(event: GossipStubEvent): void {
    if (this.#stopped) return
    for (const effect of this.#core.step(event, this.#options.clock.monotonicMs())) this.#carryOut(effect)
    if (event.type === 'stop') {
      this.#stopped = true
      this.#timer.stop()
    } else this.#timer.arm(this.#core.nextMs)
  }

  #carryOut(effect: GossipStubEffect): void {
    const { logger, router, onMembers } = this.#options
    switch (effect.type) {
      case 'connect':
        return this.#connect()
      case 'write':
        this.#socket?.write(effect.bytes)
        if ((this.#socket?.writableLength ?? 0) > unreadMax) this.#socket?.destroy()
        return
      case 'disconnect':
        return this.#disconnect()
      case 'members':
        return callListener(logger, 'members', () => onMembers(effect.members))
      case 'rubbish':
        return logger.warn({ event: 'gossip.rubbish', router }, 'what a gossip router sent cannot be read')
    }
  }

  #connect(): void {
    const { host, port } = parseAddress(this.#options.router)
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 })
    this.#socket = socket
    socket.unref()
    // Each handler counts only while the socket is the present one: a late word of an older one means nothing.
    const step = (event: GossipStubEvent) => {
      if (this.#socket === socket) this.#step(event)
    }
    const timer = this.#options.clock.after(connectTimeoutMs, () => {
      if (socket.connecting) socket.destroy()
    })
    socket.on('connect', () => {
      this.#found()
      step({ type: 'connected' })
    })
    socket.on('data', (bytes: Uint8Array) => step({ type: 'bytes', bytes }))
    socket.on('error', (error) => this.#lost(socket, error))
    socket.on('close', () => {
      timer.cancel()
      this.#lost(socket, undefined)
      step({ type: 'closed' })
    })
  }

  /** What was written last still goes out; a router that does not take it is not waited for. */
  #disconnect(): void {
    const socket = this.#socket
    this.#socket = undefined
    if (!socket) return
    if (socket.connecting) socket.destroy()
    else {
      socket.end()
      this.#options.clock.after(1000, () => socket.destroy())
    }
  }

  #found(): void {
    const { logger, router } = this.#options
    logger.info({ event: 'gossip.router-found', router }, 'connected to a gossip router')
    this.#wasLost = false
  }

  /** Said once, not at every try. */
  #lost(socket: Socket, error: Error | undefined): void {
    if (this.#socket !== socket || this.#wasLost || this.#stopped) return
    const { logger, router } = this.#options
    this.#wasLost = true
    logger.warn(
      { event: 'gossip.router-lost', router, ...(error && { err: error }) },
      'no connection to a gossip router',
    )
  }
}
