import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { ControlServer, type ControlServerOptions } from './control-server.ts'
import { CountingTarget } from './counting-target.testdata.ts'
import { ManualClock, until } from './manual-clock.testdata.ts'

/** A client that speaks by hand. */
export class HandClient {
  readonly socket: Socket
  text = ''
  hasEnded = false
  isClosed = false

  constructor(port: number, options: Partial<NetConnectOpts> = {}) {
    this.socket = connect({ host: '127.0.0.1', port, ...options } as NetConnectOpts)
    this.socket.on('data', (piece: Buffer) => void (this.text += piece.toString('latin1')))
    this.socket.on('end', () => void (this.hasEnded = true))
    this.socket.on('close', () => void (this.isClosed = true))
    this.socket.on('error', () => undefined)
  }

  say(text: string | Uint8Array): this {
    this.socket.write(text)
    return this
  }

  /** The whole reply, once the node has ended it. */
  async reply(): Promise<string> {
    await until(() => this.hasEnded || this.isClosed)
    return this.text
  }
}

export interface ServedNode {
  readonly port: number
  readonly server: ControlServer
  readonly target: CountingTarget
  readonly clock: ManualClock
  readonly logged: { readonly event: string }[]
  client(options?: Partial<NetConnectOpts>): HandClient
}

/** Everything that a test opened; to be called after each. */
export const opened: (() => void)[] = []
export function closeAll(): void {
  for (const close of opened.splice(0).reverse()) close()
}

export async function serve(options: Partial<ControlServerOptions> = {}): Promise<ServedNode> {
  const target = new CountingTarget()
  const clock = new ManualClock()
  const logged: { event: string }[] = []
  const log = (fields: { event: string }) => void logged.push(fields)
  const server = new ControlServer({
    ...{ target, clock, access: () => 'change', logger: { debug: log, info: log, warn: log, error: log } },
    listen: { hosts: ['127.0.0.1'], port: 0 },
    ...options,
  })
  opened.push(() => server.stop())
  const port = await server.start()
  const client = (more: Partial<NetConnectOpts> = {}) => {
    const made = new HandClient(port, more)
    opened.push(() => made.socket.destroy())
    return made
  }
  return { port, server, target, clock, logged, client }
}
