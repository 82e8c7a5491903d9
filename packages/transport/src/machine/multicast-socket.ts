import { createSocket, type Socket, type SocketType } from 'node:dgram'
import { isIPv6 } from 'node:net'
import {
  type DatagramHandler,
  type DatagramSource,
  datagramMaxBytes,
  type Logger,
  type Multicast,
  silent,
} from '@ring/platform'

export interface MulticastSocketOptions {
  /** The multicast address, IPv4 or IPv6, and the port that all who listen share. */
  readonly group: string
  readonly port: number
  /** The address of the interface to send from and to listen on (IPv6: its name, as in `::%eth0`); the system's choice without. */
  readonly interface?: string
  /** How many routers a datagram may pass; 1 (the default) keeps it within the network segment. */
  readonly ttl?: number
  readonly logger?: Logger
}

const reopenFirstMs = 500
const reopenMaxMs = 10_000
const logEveryMs = 60_000

/**
 * A multicast group on real sockets: one that all processes of a machine share, for what is sent to the group, and one of
 * its own to send from, so that answers reach this process and no other. Opens at once and, when the network fails,
 * again and again; datagrams that are given meanwhile are lost, as datagrams may be.
 */
export function multicastSocket(options: MulticastSocketOptions, handler: DatagramHandler): Multicast {
  return new MulticastSocket(options, handler)
}

class MulticastSocket implements Multicast {
  readonly #options: MulticastSocketOptions
  readonly #handler: DatagramHandler
  readonly #logger: Logger
  #listener: Socket | undefined
  #sender: Socket | undefined
  #reopenMs = reopenFirstMs
  #timer: NodeJS.Timeout | undefined
  #loggedMs = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(options: MulticastSocketOptions, handler: DatagramHandler) {
    this.#options = options
    this.#handler = handler
    this.#logger = options.logger ?? silent
    this.#open()
  }

  cast(bytes: Uint8Array): void {
    this.#send(bytes, this.#options.port, this.#options.group)
  }

  answer(to: DatagramSource, bytes: Uint8Array): void {
    this.#send(bytes, to.port, to.host)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#closeSockets()
  }

  #send(bytes: Uint8Array, port: number, host: string): void {
    if (bytes.length > datagramMaxBytes) throw new RangeError(`a datagram has at most ${datagramMaxBytes} bytes`)
    const sender = this.#sender
    if (!sender) return
    try {
      sender.send(bytes, port, host, (error) => {
        if (error) this.#note(error)
      })
    } catch (error) {
      this.#note(error as Error)
    }
  }

  #open(): void {
    const { group, port } = this.#options
    const type: SocketType = isIPv6(group) ? 'udp6' : 'udp4'
    this.#sender = this.#socket(type, false, (socket) => this.#sendsHere(socket))
    this.#sender.bind()
    this.#listener = this.#socket(type, true, (socket) => {
      socket.addMembership(group, this.#options.interface)
      this.#reopenMs = reopenFirstMs
    })
    // Bound to the group's address a socket hears nothing that other groups send to the same port.
    this.#listener.bind(process.platform === 'win32' ? { port } : { port, address: group })
  }

  #sendsHere(socket: Socket): void {
    const { interface: from, ttl = 1 } = this.#options
    socket.setMulticastTTL(ttl)
    // Other nodes of this machine are to hear it, too.
    socket.setMulticastLoopback(true)
    if (from !== undefined) socket.setMulticastInterface(from)
  }

  #socket(type: SocketType, reuseAddr: boolean, ready: (socket: Socket) => void): Socket {
    const socket = createSocket({ type, reuseAddr })
    socket.unref()
    socket.on('error', (error) => this.#failed(error))
    socket.on('message', (bytes, { address: host, port }) => {
      if (!this.#closed) this.#handler(bytes, { host, port })
    })
    socket.on('listening', () => {
      try {
        ready(socket)
      } catch (error) {
        this.#failed(error as Error)
      }
    })
    return socket
  }

  #failed(error: Error): void {
    if (this.#closed) return
    this.#note(error)
    this.#closeSockets()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#open(), this.#reopenMs).unref()
    this.#reopenMs = Math.min(reopenMaxMs, this.#reopenMs * 2)
  }

  #closeSockets(): void {
    for (const socket of [this.#listener, this.#sender]) {
      try {
        socket?.close()
      } catch {
        // It never came to be open.
      }
    }
    this.#listener = undefined
    this.#sender = undefined
  }

  #note(error: Error): void {
    const nowMs = performance.now()
    if (this.#closed || nowMs - this.#loggedMs < logEveryMs) return
    this.#loggedMs = nowMs
    const { group, port, interface: from } = this.#options
    this.#logger.warn(
      { event: 'multicast.failed', group, port, interface: from, err: error },
      'multicast does not work',
    )
  }
}
