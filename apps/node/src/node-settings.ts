import { createHash } from 'node:crypto'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import {
  type Configuration,
  type ConfigurationSource,
  loadConfiguration,
  type SelfNode,
  selfNode,
  sourceFromArgument,
} from '@ring/config'
import { type Address, type NodeName, nodeName } from '@ring/platform'
import { formatAddress } from '@ring/transport'
import { NodeSetupError } from './errors.ts'
import { machineNames } from './machine-names.ts'
import { type RingSettings, ringSection } from './ring-section.ts'

export interface NodeOptions {
  /** A file (its form by extension), or a JSON text that begins with `{`. */
  readonly configuration: string
  /** Which node of the configuration this is, where the host name alone does not tell. */
  readonly ctlPort?: number | undefined
  readonly cuk?: string | undefined
  /** Instead of STATEDIR, RUNTIMEDIR and HTTPPORT of [RING]. */
  readonly stateDirectory?: string
  readonly runtimeDirectory?: string
  readonly httpPort?: number
}

/** Everything a node needs to know of its configuration, found out before anything is opened. */
export interface NodeSettings {
  readonly configuration: Configuration
  readonly ring: RingSettings
  readonly self: SelfNode
  readonly name: NodeName
  readonly servers: readonly { readonly name: NodeName; readonly address: Address }[]
  /** Where the others dial this node; a slave has none and shows its name. */
  readonly address: Address
  readonly keys: readonly Uint8Array[]
  readonly runtimeDirectory: string
  readonly stateDirectory: string | undefined
  readonly httpPort: number | undefined
  readonly warnings: readonly string[]
}

/**
 * Reads the configuration and finds this node in it.
 *
 * @throws ConfigurationError, NodeSetupError
 */
export async function readSettings(options: NodeOptions): Promise<NodeSettings> {
  const source: ConfigurationSource = sourceFromArgument(options.configuration)
  const configuration = await loadConfiguration(source, { sections: [ringSection] })
  const ring = configuration.section(ringSection)
  const hints = { hostNames: machineNames(), ctlPort: options.ctlPort, cuk: options.cuk }
  const self = selfNode(configuration, hints)
  const name = nodeName(self.name)
  const servers = configuration.servers.map((server) => ({
    name: nodeName(server.name),
    address: serverAddress(server),
  }))
  const address = self.role === 'server' ? serverAddress(self.node) : formatAddress('0.0.0.0', 1)
  const keys = ring.groupKey.map(keyBytes)
  const stateDirectory = options.stateDirectory ?? forNode(ring.stateDir, name)
  checkQuorum(ring, self, stateDirectory)
  return {
    configuration,
    ring,
    self,
    name,
    servers,
    address,
    keys,
    runtimeDirectory: options.runtimeDirectory ?? runtimeDirectoryOf(ring, configuration.global.group, name),
    stateDirectory,
    httpPort: options.httpPort ?? ring.httpPort,
    warnings: warningsOf(configuration, ring, keys),
  }
}

/** Where a node of this configuration keeps its socket and its lock on this machine; programs find it the same way. */
export function runtimeDirectoryOf(ring: RingSettings, group: string, name: string): string {
  return forNode(ring.runtimeDir, name) ?? defaultRuntimeDirectory(group, name)
}

function defaultRuntimeDirectory(group: string, name: string): string {
  const base = process.env['XDG_RUNTIME_DIR'] ?? join(tmpdir(), `ring-${userInfo().username}`)
  // Short, because a socket path has at most about a hundred bytes.
  const mark = createHash('sha256').update(`${group}\0${name}`).digest('hex').slice(0, 12)
  return join(base, `ring-${mark}`)
}

function serverAddress({ host, port, endpoints }: Configuration['servers'][number]): Address {
  const [first] = endpoints
  return formatAddress(first?.host ?? host, first?.port ?? port)
}

function forNode(directory: string | undefined, name: string): string | undefined {
  return directory?.replaceAll('%n', name.replaceAll(/[^A-Za-z0-9.-]/g, '-'))
}

function keyBytes(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length < 16)
    throw new NodeSetupError('A GROUPKEY has at least 16 characters. Make one with: openssl rand -hex 32')
  return bytes
}

function checkQuorum(ring: NodeSettings['ring'], self: SelfNode, stateDirectory: string | undefined): void {
  if (self.role === 'slave' || ring.quorum === 'none' || stateDirectory !== undefined || ring.forgetful) return
  throw new NodeSetupError(
    'QUORUM = majority needs a STATEDIR in [RING], where this node keeps what it promised. Without one (FORGETFUL = yes) a restart of several servers may stop the ring for good.',
  )
}

function warningsOf(
  configuration: Configuration,
  ring: NodeSettings['ring'],
  keys: readonly Uint8Array[],
): readonly string[] {
  const mutualTls = configuration.servers.some(({ tls }) => tls.enabled && tls.verifyPeer)
  const open = keys.length === 0 && !mutualTls
  if (open && ring.auth === 'required') {
    throw new NodeSetupError('AUTH = required, but there is neither a GROUPKEY nor SSL_VERIFY_PEER. Add one of them.')
  }
  return [
    ...configuration.warnings.map(({ rule, key }) => (key === undefined ? rule : `${key}: ${rule}`)),
    ...(open ? ['no GROUPKEY and no mutual TLS: whoever can use a configured host can join this ring'] : []),
    ...(ring.quorum === 'majority' && ring.forgetful
      ? ['FORGETFUL: a restart of several servers may stop the ring for good']
      : []),
  ]
}
