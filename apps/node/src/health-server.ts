import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { RingError } from '@ring/platform'
import type { Registry } from 'prom-client'
import { NodeSetupError } from './errors.ts'
import type { RingNode } from './node.ts'

/** Where the health port is. `mutual` asks for a certificate that CAPATH has signed. */
export interface HealthPlace {
  readonly host: string
  readonly port: number
  readonly tls: 'off' | 'on' | 'mutual'
}

const bounds = { requestTimeout: 5000, headersTimeout: 5000, maxHeaderSize: 8192 }

/** `/livez`, `/readyz` and `/metrics`: they tell, and change nothing. */
export class HealthServer {
  readonly #node: RingNode
  readonly #registry: Registry
  #server: Server | undefined

  constructor(node: RingNode, registry: Registry) {
    this.#node = node
    this.#registry = registry
  }

  /** @throws NodeSetupError, RingError `RING_PORT_BUSY`, `RING_LISTEN_FAILED` */
  async start({ host, port, tls }: HealthPlace): Promise<void> {
    const serve = (request: IncomingMessage, response: ServerResponse) => this.#serve(request, response)
    const server = tls === 'off' ? createServer(bounds, serve) : this.#tlsServer(tls, serve)
    server.maxConnections = 64
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
    const server = createTlsServer({ ...bounds, ...context, requestCert: asks, rejectUnauthorized: asks }, serve)
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
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'only GET and HEAD\n')
    // Not the URL class: it throws on paths that anybody can send.
    const [path = '/'] = (request.url ?? '/').split('?')
    this.#route(path, response).catch(() => answer(response, 500, 'not available\n'))
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
        answer(response, 200, await this.#registry.metrics())
        break
      default:
        answer(response, 404, 'not here; try /livez, /readyz or /metrics\n')
    }
  }

  #ready(response: ServerResponse): void {
    const { ready, group, record, name, role, witness } = this.#node.status
    const body = {
      ready,
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
