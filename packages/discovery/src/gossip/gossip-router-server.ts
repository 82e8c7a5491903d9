import { createServer, type Server, type Socket } from 'node:net'
import { checkArguments, type Logger, RingError, silent } from '@ring/platform'
import {
  GossipRouterCore,
  type GossipRouterCoreOptions,
  type GossipRouterEffect,
  type GossipRouterEvent,
  gossipUnreadMax,
} from '../core/gossip/gossip-router.ts'
import { gossipRouterRules } from '../discovery-arguments.ts'

export interface GossipRouterOptions extends GossipRouterCoreOptions {
  /** Addresses of this machine to listen on; loopback only when not given. */
  readonly hosts?: readonly string[]
  /** 12001 when not given, as in JGroups; 0 takes any that is free. */
  readonly port?: number
  /** Connections at once; 1024 when not given. */
  readonly connectionsMax?: number
  /** Bytes that a client may leave unread before it is cut off, all in all and in one step; 4 MiB when not given. */
  readonly unreadMax?: number
  readonly logger?: Logger
}

/** What a router knows of itself. */
export interface GossipRouterStatus {
  readonly connections: number
  readonly registrations: number
  /** Connections that were closed or turned away, by reason. */
  readonly refused: Readonly<Record<string, number>>
}

export const gossipRouterPort = 12_001
const logEveryMs = 60_000

/**
 * A gossip router: members register, and learn of each other. It speaks the protocol of JGroups 5's GossipRouter, which
 * knows neither keys nor TLS: whoever reaches the port can register, ask and send, so keep it within a trusted network.
 * Nodes of a ring take its word for a hint only.
 */
export class GossipRouter {
  readonly #options: GossipRouterOptions
  readonly #logger: Logger
  readonly #core: GossipRouterCore
  readonly #servers: Server[] = []
  readonly #sockets = new Map<number, Socket>()
  readonly #refused = new Map<string, number>()
  readonly #saidMs = new Map<string, number>()
  #connections = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: GossipRouterOptions = {}) {
    checkArguments('GossipRouter', options, gossipRouterRules)
    this.#options = options
    this.#logger = options.logger ?? silent
    this.#core = new GossipRouterCore(options)
  }

  get status(): GossipRouterStatus {
    const { registrations } = this.#core
    return { connections: this.#sockets.size, registrations, refused: Object.fromEntries(this.#refused) }
  }

  /**
   * @returns the port, the same on all hosts
   * @throws RingError `RING_PORT_BUSY`, `RING_LISTEN_FAILED`
   */
  async start(): Promise<{ readonly port: number }> {
    const { hosts = ['127.0.0.1'] } = this.#options
    let { port = gossipRouterPort } = this.#options
    try {
      for (const host of new Set(hosts)) port = await this.#listen(host, port)
    } catch (error) {
      this.stop()
      throw error
    }
    this.#logger.info({ event: 'gossip.listening', hosts, port }, 'gossip router open')
    return { port }
  }

  /** Closes every connection; clients register anew at the next router that they reach. */
  stop(): void {
    clearTimeout(this.#timer)
    for (const server of this.#servers.splice(0)) server.close()
    for (const socket of this.#sockets.values()) socket.destroy()
    this.#sockets.clear()
  }

  #listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }, (socket) =>
        this.#accept(socket),
      )
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(host, port, error)))
      server.listen({ host, port }, () => {
        server.on('error', () => this.#refuse('accept', ''))
        this.#servers.push(server)
        resolve((server.address() as { port: number }).port)
      })
    })
  }

  #accept(socket: Socket): void {
    const { connectionsMax = 1024 } = this.#options
    socket.on('error', () => undefined)
    if (this.#sockets.size >= connectionsMax) {
      this.#refuse('connections', socket.remoteAddress ?? '')
      socket.destroy()
      return
    }
    this.#connections += 1
    const connection = this.#connections
    this.#sockets.set(connection, socket)
    this.#step({ type: 'opened', connection })
    socket.on('data', (bytes: Uint8Array) => this.#step({ type: 'bytes', connection, bytes }))
    socket.on('close', () => {
      this.#sockets.delete(connection)
      this.#step({ type: 'closed', connection })
    })
  }

  #step(event: GossipRouterEvent): void {
    for (const effect of this.#core.step(event, performance.now())) this.#carryOut(effect)
    this.#arm()
  }

  #carryOut(effect: GossipRouterEffect): void {
    const socket = this.#sockets.get(effect.connection)
    if (!socket || socket.destroyed) return
    if (effect.type === 'close') {
      if (effect.reason) this.#refuse(effect.reason, socket.remoteAddress ?? '')
      socket.destroy()
      return
    }
    socket.write(effect.bytes)
    const { unreadMax = gossipUnreadMax } = this.#options
    if (socket.writableLength <= unreadMax) return
    this.#refuse('does-not-read', socket.remoteAddress ?? '')
    // Its end comes as an event of its own, after what is being sent now.
    socket.destroy()
  }

  #refuse(reason: string, remote: string): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1)
    const nowMs = performance.now()
    if (nowMs - (this.#saidMs.get(reason) ?? Number.NEGATIVE_INFINITY) < logEveryMs) return
    this.#saidMs.set(reason, nowMs)
    const count = this.#refused.get(reason)
    this.#logger.warn({ event: 'gossip.refused', reason, remote, count }, 'a connection to the gossip router was ended')
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const { nextMs } = this.#core
    if (nextMs === undefined) return
    const delayMs = Math.max(0, Math.ceil(nextMs - performance.now()))
    this.#timer = setTimeout(() => this.#step({ type: 'tick' }), delayMs).unref()
  }
}

function listenError(host: string, port: number, error: NodeJS.ErrnoException): RingError {
  const where = `${host}, port ${port}`
  if (error.code === 'EADDRINUSE') {
    const message = `The gossip router cannot listen on ${where}: something else listens there. Give it another port.`
    return new RingError('RING_PORT_BUSY', message, { cause: error })
  }
  const message = `The gossip router cannot listen on ${where} (${error.code ?? error.message}). Give it an address of this machine and a port that it may use.`
  return new RingError('RING_LISTEN_FAILED', message, { cause: error })
}
