import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { listenUnix, type UnixListener } from '@ring/transport'
import type { RingNode } from '../node.ts'
import { keysReport, membersReport, statusReport } from './node-report.ts'

/** The name of the socket in a node's runtime directory. Not longer than that of the programs, which limits the directory. */
export const statusSocketName = 'status.sock'

/** From the connection to its end, whatever comes or does not. */
const connectionMsMax = 5000
const connectionsMax = 16
const headerBytesMax = 8192

const reports: Readonly<Record<string, (node: RingNode) => object>> = {
  '/status': statusReport,
  '/members': membersReport,
  '/keys': keysReport,
}

/**
 * `/status`, `/members` and `/keys` over a UNIX socket that only this node's user can reach: they tell, and change nothing.
 * One request a connection.
 */
export class StatusServer {
  readonly #node: RingNode
  readonly #http: Server
  readonly #sockets = new Set<Socket>()
  readonly #asked = new WeakSet<Socket>()
  #listener: UnixListener | undefined

  constructor(node: RingNode) {
    this.#node = node
    this.#http = createServer({ maxHeaderSize: headerBytesMax }, (request, response) => this.#serve(request, response))
    this.#http.on('clientError', (_, socket) => socket.destroy())
  }

  /** @throws RingError `RING_SOCKET_...` of the listener, or the file system's own error */
  async start(): Promise<void> {
    const path = join(this.#node.settings.runtimeDirectory, statusSocketName)
    this.#listener = await listenUnix(path, (socket) => this.#connected(socket))
  }

  /** Makes the socket anew, where its directory was removed. */
  async startAgain(): Promise<void> {
    void this.#listener?.close()
    await this.start()
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await this.#listener?.close()
  }

  #connected(socket: Socket): void {
    if (this.#sockets.size >= connectionsMax) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    const end = setTimeout(() => socket.destroy(), connectionMsMax)
    end.unref()
    socket.once('close', () => {
      clearTimeout(end)
      this.#sockets.delete(socket)
    })
    this.#http.emit('connection', socket)
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    request.resume()
    const { socket } = request
    // The answer to the first may still be on its way.
    if (this.#asked.has(socket)) {
      socket.destroy()
      return
    }
    this.#asked.add(socket)
    response.setHeader('connection', 'close')
    const { url = '', method } = request
    const report = Object.hasOwn(reports, url) ? reports[url] : undefined
    if (method !== 'GET') answer(response, 405, { error: 'only GET' })
    else if (report === undefined) answer(response, 404, { error: `not here; try ${Object.keys(reports).join(', ')}` })
    else answer(response, 200, report(this.#node))
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.end(`${JSON.stringify(body)}\n`)
}
