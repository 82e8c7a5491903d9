import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodeChoice } from '../core/settings.ts'

/** Directories in the system's temporary one. */
export const temporaryRingPrefix = 'ring-of-bench-'

/** A ring of one server and one slave on this machine, which nobody else can join. */
export interface TemporaryRing {
  readonly directory: string
  readonly server: NodeChoice
  readonly slave: NodeChoice
  /** Removes what the nodes left on the disk. */
  remove(): Promise<void>
}

export async function temporaryRing(): Promise<TemporaryRing> {
  const directory = await mkdtemp(join(tmpdir(), temporaryRingPrefix))
  const [port, serverCtlPort, slaveCtlPort] = await freePorts(3)
  const configuration = JSON.stringify({
    GLOBAL: { GROUP: 'ring-bench', FILEVERSION: 1, DELIVERMODE: 'hash' },
    SVRNODE: [{ NAME: '127.0.0.1', PORT: port, CTLPORT: serverCtlPort }],
    SLVNODE: [{ NAME: '[.]*', CTLPORT: slaveCtlPort }],
    // A key of its own, so that only these processes are let in.
    RING: { RUNTIMEDIR: join(directory, '%n'), GROUPKEY: randomBytes(24).toString('hex') },
  })
  return {
    directory,
    server: { configuration, ctlPort: serverCtlPort! },
    slave: { configuration, ctlPort: slaveCtlPort! },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
