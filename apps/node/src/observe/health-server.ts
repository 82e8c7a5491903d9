import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { RingError } from '@ring/platform'
import type { Registry } from 'prom-client'
import { NodeSetupError } from '../errors.ts'
import type { RingNode } from '../node.ts'

/** Where the health port is. `mutual` asks for a certificate that CAPATH has signed. */
export interface HealthPlace {
  readonly host: string
  readonly port: number
  readonly tls: 'off' | 'on' | 'mutual'
}

/** From nothing sent, or nothing read, until a connection is closed. */
const silenceMsMax = 5000
const connectionsMax = 64

const bounds = {
  requestTimeout: silenceMsMax,
  headersTimeout: silenceMsMax,
  keepAliveTimeout: silenceMsMax,
  // Node looks at these every half a minute unless told.
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 8192,
}

/** `/livez`, `/readyz` and `/metrics`: they tell, and change nothing. */
export class HealthServer {
  readonly #node: RingNode
  readonly #registry: Registry
  /** Connections whose request has not been answered as a whole. */
  readonly #answering = new WeakSet<Socket>()
  #server: Server | undefined
  #metrics: Promise<string> | undefined

  constructor(node: RingNode, registry: Registry) {
    this.#node = node
    this.#registry = registry
  }

  /** @throws NodeSetupError, RingError `RING_PORT_BUSY`, `RING_LISTEN_FAILED` */
  async start({ host, port, tls }: HealthPlace): Promise<void> {
    const serve = (request: IncomingMessage, response: ServerResponse) => this.#serve(request, response)
    const server = tls === 'off' ? createServer(bounds, serve) : this.#tlsServer(tls, serve)
    server.maxConnections = connectionsMax
    // Also for an answer that nobody reads.
    server.setTimeout(silenceMsMax)
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const busy = error.code === 'EADDRINUSE'
        const text = busy
          ? `Port ${port} is in use by another process; choose another HTTPPORT.`
          : `Could not listen on ${host}, port ${port}: ${error.message}. Check HTTPBIND and HTTPPORT.`
        reject(new RingError(busy ? 'RING_PORT_BUSY' : 'RING_LISTEN_FAILED', text, { cause: error }))
      })
      server.listen({ host, port }, resolve)
    })
    server.unref()
    this.#server = server
  }

  #tlsServer(tls: 'on' | 'mutual', serve: (request: IncomingMessage, response: ServerResponse) => void): TlsServer {
    const context = this.#context()
    if (!context || (tls === 'mutual' && context.ca === undefined)) {
      throw new NodeSetupError(
        `HTTPTLS = ${tls} needs SSL, a certificate of this node (SERVER_CERT, or SLAVE_CERT on a slave)${tls === 'mutual' ? ' and CAPATH' : ''}. Add them, or set HTTPTLS = off.`,
      )
    }
    const asks = tls === 'mutual'
    const server = createTlsServer(
      { ...bounds, ...context, handshakeTimeout: silenceMsMax, requestCert: asks, rejectUnauthorized: asks },
      serve,
    )
    let used = this.#node.tls
    this.#node.onChange(() => {
      if (this.#node.tls === used) return
      used = this.#node.tls
      const renewed = this.#context()
      if (renewed) server.setSecureContext(renewed)
    })
    return server
  }

  #context() {
    const { listener, dialer, authorities, minVersion = 'TLSv1.2' } = this.#node.tls ?? {}
    const pair = listener ?? dialer
    return pair && { cert: pair.certificate, key: pair.privateKey, ca: authorities, minVersion }
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    request.resume()
    if (!this.#takes(request.socket, response)) return
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'only GET and HEAD\n')
    // Not the URL class: it throws on paths that anybody can send.
    const [path = '/'] = (request.url ?? '/').split('?')
    this.#route(path, response).catch(() => answer(response, 500, 'not available\n'))
  }

  /** One request of a connection at a time: who sends the next before the answer could have us keep any number of answers. */
  #takes(socket: Socket, response: ServerResponse): boolean {
    if (socket.destroyed) return false
    if (this.#answering.has(socket)) {
      socket.destroy()
      return false
    }
    this.#answering.add(socket)
    response.once('close', () => this.#answering.delete(socket))
    return true
  }

  stop(): void {
    this.#server?.close()
    this.#server?.closeAllConnections()
  }

  async #route(path: string, response: ServerResponse): Promise<void> {
    switch (path) {
      case '/livez':
        answer(response, 200, 'ok\n')
        break
      case '/readyz':
        this.#ready(response)
        break
      case '/metrics':
        response.setHeader('content-type', this.#registry.contentType)
        answer(response, 200, await this.#metricsText())
        break
      default:
        answer(response, 404, 'not here; try /livez, /readyz or /metrics\n')
    }
  }

  /** Many who ask at once are told the same: the work is done once. */
  #metricsText(): Promise<string> {
    this.#metrics ??= this.#registry.metrics().finally(() => {
      this.#metrics = undefined
    })
    return this.#metrics
  }

  #ready(response: ServerResponse): void {
    const { ready, delivery, group, record, name, role, witness } = this.#node.status
    const body = {
      ready,
      delivery,
      node: name,
      role,
      ...(witness && { witness }),
      group,
      version: record?.version,
      members: record?.view.members.map((member) => member.name),
    }
    response.setHeader('content-type', 'application/json')
    answer(response, ready ? 200 : 503, `${JSON.stringify(body)}\n`)
  }
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status
  response.end(body)
}
