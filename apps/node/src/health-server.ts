import { createServer, type Server, type ServerResponse } from 'node:http'
import { RingError } from '@ring/platform'
import type { Registry } from 'prom-client'
import type { RingNode } from './node.ts'

/** `/livez`, `/readyz` and `/metrics` on a loopback port. */
export class HealthServer {
  readonly #node: RingNode
  readonly #registry: Registry
  #server: Server | undefined

  constructor(node: RingNode, registry: Registry) {
    this.#node = node
    this.#registry = registry
  }

  /** @throws RingError `RING_PORT_BUSY`, `RING_LISTEN_FAILED` */
  async start(port: number): Promise<void> {
    const server = createServer(
      { requestTimeout: 5000, headersTimeout: 5000, maxHeaderSize: 8192 },
      (request, response) => {
        request.resume()
        if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'only GET and HEAD\n')
        // Not the URL class: it throws on paths that anybody can send.
        const [path = '/'] = (request.url ?? '/').split('?')
        this.#route(path, response).catch(() => answer(response, 500, 'not available\n'))
      },
    )
    server.maxConnections = 64
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const busy = error.code === 'EADDRINUSE'
        const text = busy
          ? `Port ${port} is in use by another process; choose another HTTPPORT.`
          : `Could not listen on port ${port}: ${error.message}.`
        reject(new RingError(busy ? 'RING_PORT_BUSY' : 'RING_LISTEN_FAILED', text, { cause: error }))
      })
      server.listen({ host: '127.0.0.1', port }, resolve)
    })
    server.unref()
    this.#server = server
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
    const { ready, group, record, name, role } = this.#node.status
    const body = {
      ready,
      node: name,
      role,
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
