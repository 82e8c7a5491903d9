import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { RingError } from '@ring/platform'
import { takeAccepted } from '../link/arrivals.ts'
import { handshakeTimeoutMs } from '../link/handshaking.ts'
import { keptAlive } from '../link/kept-alive.ts'
import type { TlsContexts } from '../tls/tls-contexts.ts'

/** Connections that have not finished their handshake; beyond it the oldest is closed. */
const handshakesMax = 128

export interface ListenerOptions {
  /** Where to listen; each of them on the same port. Port 0: one that the system has free. */
  readonly hosts: readonly string[]
  readonly port: number
  /** Whether the listener and its connections keep the process alive. */
  readonly keepAlive: boolean
  readonly tls?: TlsContexts | undefined
  /** Whether a machine may connect at all (the host lists of the configuration); it may have to look that up. */
  readonly allows: (remoteAddress: string) => boolean | Promise<boolean>
  /** Takes a connection; `finished` is to be called when its handshake is over. */
  readonly onConnection: (socket: Socket, finished: () => void) => { abort(): void }
  /** A connection was closed before its handshake. */
  readonly onTurnedAway: (remoteAddress: string, why: 'hosts' | 'tls' | 'too-many') => void
}

/** A connection before its handshake is over: only these are counted and bounded here. */
interface Pending {
  readonly socket: Socket
  abort: () => void
}

/** A node's TCP or TLS listener: it bounds what strangers can make it hold. */
export class NodeListener {
  readonly #options: ListenerOptions
  /** By their remote end, which is unique among the open connections of a port. */
  readonly #pending = new Map<string, Pending>()
  readonly #servers: Server[] = []
  readonly #tls: TlsServer | undefined

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#tls = options.tls?.settings.listener && this.#tlsServer(options.tls)
  }

  /**
   * @returns the port
   * @throws RingError `RING_PORT_BUSY`, `RING_LISTEN_FAILED`
   */
  async start(): Promise<number> {
    let { port } = this.#options
    try {
      for (const host of new Set(this.#options.hosts)) {
        const server = await this.#listen(host, port)
        this.#servers.push(server)
        port = (server.address() as AddressInfo).port
      }
    } catch (error) {
      this.stop()
      throw error
    }
    return port
  }

  /** Refuses new connections from now on; the open ones stay. */
  stop(): void {
    for (const { abort } of [...this.#pending.values()]) abort()
    for (const server of this.#servers.splice(0)) server.close()
  }

  /** For connections from now on. Whether peers are asked for a certificate stays as it was. */
  setTls(contexts: TlsContexts): void {
    this.#tls?.setSecureContext(contexts.listenerContext)
  }

  /** Never listens itself: it is given connections that the host lists have let through. */
  #tlsServer(contexts: TlsContexts): TlsServer {
    const { verifyPeer } = contexts.settings
    const server = createTlsServer(
      {
        ...contexts.listenerContext,
        requestCert: verifyPeer,
        rejectUnauthorized: verifyPeer,
        handshakeTimeout: handshakeTimeoutMs,
      },
      (socket) => {
        const pending = this.#pending.get(endOf(socket))
        if (pending) this.#shakeHands(pending, socket)
        else socket.destroy()
      },
    )
    // Broken TLS clients end their own connection only.
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      // Who just hangs up may have got through another way: a dialer with several addresses does.
      const hungUp = error.code === 'ECONNRESET' || socket.remoteAddress === undefined
      if (!hungUp) this.#options.onTurnedAway(socket.remoteAddress, 'tls')
      socket.destroy()
    })
    return server
  }

  async #listen(host: string, port: number): Promise<Server> {
    // TLS wraps the connection before it is taken over.
    const isPlain = this.#tls === undefined
    const server = createServer({ noDelay: true, ...keptAlive, pauseOnConnect: isPlain }, (socket) =>
      this.#take(isPlain ? takeAccepted(socket) : socket),
    )
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)))
      server.listen({ host, port }, resolve)
    })
    if (!this.#options.keepAlive) server.unref()
    // Too many open files, say: one connection is lost, the listener goes on.
    server.on('error', () => this.#options.onTurnedAway('', 'too-many'))
    return server
  }

  #take(socket: Socket): void {
    socket.on('error', ignore)
    if (!this.#options.keepAlive) socket.unref()
    const { remoteAddress } = socket
    if (remoteAddress === undefined) {
      socket.destroy()
      return
    }
    if (this.#pending.size >= handshakesMax) this.#closeOldest()
    const key = endOf(socket)
    const pending: Pending = { socket, abort: () => socket.destroy() }
    this.#pending.set(key, pending)
    socket.once('close', () => this.#finished(key, pending))
    const allowed = this.#options.allows(remoteAddress)
    if (typeof allowed === 'boolean') this.#admit(pending, remoteAddress, allowed)
    else {
      const admit = (yes: boolean) => this.#admit(pending, remoteAddress, yes)
      const timer = setTimeout(() => admit(false), handshakeTimeoutMs).unref()
      const settle = (yes: boolean) => {
        clearTimeout(timer)
        admit(yes)
      }
      allowed.then(settle, () => settle(false))
    }
  }

  #admit(pending: Pending, remoteAddress: string, allowed: boolean): void {
    const { socket } = pending
    if (socket.destroyed) return
    if (!allowed) {
      this.#options.onTurnedAway(remoteAddress, 'hosts')
      socket.destroy()
    } else if (this.#tls) this.#tls.emit('connection', socket)
    else this.#shakeHands(pending, socket)
  }

  #shakeHands(pending: Pending, socket: Socket): void {
    const key = endOf(pending.socket)
    const handshake = this.#options.onConnection(socket, () => this.#finished(key, pending))
    pending.abort = () => handshake.abort()
  }

  #finished(key: string, pending: Pending): void {
    if (this.#pending.get(key) === pending) this.#pending.delete(key)
  }

  #closeOldest(): void {
    const [oldest] = this.#pending
    if (!oldest) return
    const [key, { socket, abort }] = oldest
    this.#pending.delete(key)
    this.#options.onTurnedAway(socket.remoteAddress ?? '', 'too-many')
    abort()
  }
}

function endOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? 0} ${localAddress ?? ''}`
}

function ignore(): void {
  // What a stranger's connection dies of is its own affair.
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): RingError {
  if (error.code === 'EADDRINUSE') {
    return new RingError(
      'RING_PORT_BUSY',
      `Port ${port} on ${host} is in use by another process. Stop it, or give this node another PORT in the configuration.`,
      { cause: error },
    )
  }
  const hint =
    error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND'
      ? ' It is no address of this machine: set BIND in [RING] to one that is (0.0.0.0 or :: for all).'
      : ''
  return new RingError('RING_LISTEN_FAILED', `Could not listen on ${host}:${port}: ${error.message}.${hint}`, {
    cause: error,
  })
}
