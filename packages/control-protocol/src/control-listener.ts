import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls'
import { RingError } from '@ring/platform'
import type { TlsContexts } from '@ring/transport'

export interface ControlListening {
  /** Where to listen; each of them on the same port. Port 0: one that the system has free. */
  readonly hosts: readonly string[]
  readonly port: number
}

/**
 * Listens on all addresses, or on none.
 *
 * @throws RingError `RING_PORT_BUSY`, `RING_LISTEN_FAILED`
 */
export async function listenForControl(
  { hosts, port }: ControlListening,
  onConnection: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly servers: readonly Server[] }> {
  const servers: Server[] = []
  let bound = port
  try {
    for (const host of new Set(hosts)) {
      const server = await listenOn(host, bound, onConnection)
      servers.push(server)
      bound = (server.address() as AddressInfo).port
    }
  } catch (error) {
    for (const server of servers) server.close()
    throw error
  }
  return { port: bound, servers }
}

async function listenOn(host: string, port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  // A client may end its side with its command; and nothing of it is read before it may be.
  const options = { allowHalfOpen: true, pauseOnConnect: true, noDelay: true }
  const server = createServer({ ...options, keepAlive: true, keepAliveInitialDelay: 5_000 }, onConnection)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)))
    server.listen({ host, port }, resolve)
  })
  // Too many open files, say: one connection is lost, the listener goes on.
  server.on('error', () => undefined)
  return server
}

/** The port may be a node's own second one, so the message names the key. */
function listenError(error: NodeJS.ErrnoException, host: string, port: number): RingError {
  if (error.code === 'EADDRINUSE') {
    return new RingError(
      'RING_PORT_BUSY',
      `Port ${port} on ${host} is in use by another process. Stop it, or give this node another CTLPORT in the configuration.`,
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

/** Never listens itself: it is given connections whose first byte began a TLS handshake. */
export function tlsSide(contexts: TlsContexts, handshakeMs: number, onSecure: (socket: TLSSocket) => void): TlsServer {
  const { verifyPeer } = contexts.settings
  const server = createTlsServer(
    {
      ...contexts.listenerContext,
      requestCert: verifyPeer,
      rejectUnauthorized: verifyPeer,
      handshakeTimeout: handshakeMs,
    },
    onSecure,
  )
  // Broken TLS clients end their own connection only.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return server
}
