import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Access, ControlServer, TraceLog } from '@ring/control-protocol'
import { TlsContexts } from '@ring/transport'
import { listenHosts } from '../../running/endpoint-options.ts'
import type { NodeSettings } from '../../setup/node-settings.ts'
import { NodeControlTarget } from './control-target.ts'
import type { OperatedNode } from './operated-node.ts'

/** In a node's runtime directory: where its control port is, for tools on the same machine. */
export const controlFileName = 'control.json'

export interface ControlAddress {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly pid: number
}

/** Who may use it, and where the others of the machine find it. */
export interface ControlPortHost {
  readonly node: OperatedNode
  readonly settings: NodeSettings
  readonly access: (remoteAddress: string) => Access | Promise<Access>
}

/** The control port of a node: CHMPX's text commands on CTLPORT. */
export class ControlPort {
  readonly #host: ControlPortHost
  readonly #server: ControlServer
  #port = 0

  constructor(host: ControlPortHost) {
    this.#host = host
    const { node, settings, access } = host
    const { tls } = node
    this.#server = new ControlServer({
      target: new NodeControlTarget(node),
      listen: { hosts: controlHosts(settings), port: settings.ctlPort },
      access,
      ...(tls?.listener && { tls: { contexts: new TlsContexts(tls), required: false } }),
      tokens: settings.ring.ctlToken,
      trace: new TraceLog(settings.configuration.global.maxHistLog),
      logger: node.logger,
      keepAlive: false,
    })
  }

  /** @throws RingError `RING_PORT_BUSY`, `RING_LISTEN_FAILED` */
  async start(): Promise<void> {
    this.#port = await this.#server.start()
    await this.tell()
  }

  /** Says in the runtime directory where it is; again where that was removed. */
  async tell(): Promise<void> {
    await writeFile(this.#file, `${JSON.stringify(this.address)}\n`, { mode: 0o600 })
  }

  /** How it is reached from this machine, and the process that it belongs to. */
  get address(): ControlAddress {
    const { settings, node } = this.#host
    const [host = '127.0.0.1'] = controlHosts(settings)
    return { host: reachable(host), port: this.#port, tls: node.tls?.listener !== undefined, pid: process.pid }
  }

  async stop(): Promise<void> {
    this.#server.stop()
    await rm(this.#file, { force: true })
  }

  get #file(): string {
    return join(this.#host.settings.runtimeDirectory, controlFileName)
  }
}

/** As for PORT; a slave has no PORT, and listens for its own machine unless BIND says otherwise. */
function controlHosts(settings: NodeSettings): readonly string[] {
  const hosts = listenHosts(settings)
  return hosts.length > 0 ? hosts : ['127.0.0.1']
}

/** All addresses of a machine are none to dial. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}
