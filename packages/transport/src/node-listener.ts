import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { RingError } from '@ring/platform'
import { listenerTls, type TlsSettings } from './tls-settings.ts'

/** Connections that have not finished their handshake; beyond it the oldest is closed. */
const handshakesMax = 128

export interface ListenerOptions {
  readonly host: string
  readonly port: number
  readonly tls?: TlsSettings | undefined
  /** Whether a machine may connect at all (the host lists of the configuration). */
  readonly allows: (remoteAddress: string) => boolean
  /** Takes a connection; `finished` is to be called when its handshake is over. */
  readonly onConnection: (socket: Socket, finished: () => void) => { abort(): void }
}

/** A node's TCP or TLS listener: it bounds what strangers can make it hold. */
export class NodeListener {
  readonly #options: ListenerOptions
  readonly #handshakes = new Map<Socket, { abort(): void }>()
  #server: Server | undefined
  #turnedAway = 0

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  /** Connections that were closed before their handshake: by the host lists, or because there were too many. */
  get turnedAway(): number {
    return this.#turnedAway
  }

  /** @throws RingError `RING_PORT_BUSY`, `RING_LISTEN_FAILED` */
  async start(): Promise<void> {
    const { host, port, tls } = this.#options
    const take = (socket: Socket) => this.#take(socket)
    const server = tls ? createTlsServer(listenerTls(tls), take) : createServer({ noDelay: true }, take)
    // Broken TLS clients end their own connection only.
    server.on('tlsClientError', () => {
      this.#turnedAway += 1
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)))
      server.listen({ host, port }, resolve)
    })
    this.#server = server
  }

  /** Refuses new connections from now on; the open ones stay. */
  stop(): void {
    for (const handshake of this.#handshakes.values()) handshake.abort()
    this.#server?.close()
    this.#server = undefined
  }

  #take(socket: Socket): void {
    if (!this.#options.allows(socket.remoteAddress ?? '')) {
      this.#turnedAway += 1
      socket.destroy()
      return
    }
    if (this.#handshakes.size >= handshakesMax) this.#closeOldest()
    const handshake = this.#options.onConnection(socket, () => this.#handshakes.delete(socket))
    if (!socket.destroyed) this.#handshakes.set(socket, handshake)
  }

  #closeOldest(): void {
    const [oldest] = this.#handshakes
    if (!oldest) return
    this.#turnedAway += 1
    this.#handshakes.delete(oldest[0])
    oldest[1].abort()
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): RingError {
  if (error.code === 'EADDRINUSE') {
    return new RingError(
      'RING_PORT_BUSY',
      `Port ${port} on ${host} is in use by another process. Stop it, or give this node another PORT in the configuration.`,
      { cause: error },
    )
  }
  return new RingError('RING_LISTEN_FAILED', `Could not listen on ${host}:${port}: ${error.message}.`, { cause: error })
}
