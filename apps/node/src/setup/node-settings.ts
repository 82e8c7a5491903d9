import { createHash } from 'node:crypto'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import {
  type AnySection,
  type Configuration,
  type ConfigurationContent,
  type ConfigurationSource,
  formatIssue,
  loadConfiguration,
  type SelfNode,
  type ServerNode,
  sourceFromArgument,
  sourceFromContent,
} from '@ring/config'
import type { DiscoveryProtocol } from '@ring/discovery'
import type { MemberMetadata } from '@ring/gms'
import {
  type Address,
  type ArgumentRule,
  aFlag,
  anObject,
  aPort,
  aText,
  checkArguments,
  listOf,
  type NodeName,
  nodeName,
  optional,
} from '@ring/platform'
import { type DialTarget, formatAddress, parseAddress } from '@ring/transport'
import { keyBytes, readKeyFile } from '../access/key-file.ts'
import { NodeSetupError } from '../errors.ts'
import type { NodePart } from '../parts/node-part.ts'
import { nodeSections } from './configuration-sections.ts'
import { type DiscoveryChoice, discoveryNamesOf, discoveryOf } from './discovery-choice.ts'
import { descriptionOf, isWitness } from './member-description.ts'
import { namedAddress } from './named-address.ts'
import { ownAddress } from './own-address.ts'
import { knownServers, ownNode } from './own-node.ts'
import { type DiscoveryName, type RingSettings, ringSection } from './ring-section.ts'
import { dialTargets, serverAddresses } from './server-addresses.ts'

export interface NodeOptions {
  /**
   * A file (its form by extension), a JSON text that begins with `{`, or an object in the shape of the JSON form; or which
   * of the first two, said outright.
   */
  readonly configuration: string | ConfigurationContent | ConfigurationSource
  /** Which node of the configuration this is, where the host name alone does not tell. */
  readonly ctlPort?: number | undefined
  readonly cuk?: string | undefined
  /** What this machine is called in the configuration, where its own names do not tell (in a container). */
  readonly host?: string | undefined
  /** Waits for the network of the machine, where no list and no flag says this node's address. */
  readonly untilAddress?: (() => Promise<void>) | undefined
  /** Of a node that no list names: its PORT, and whether it is a slave (else MODE of [GLOBAL] says so). */
  readonly port?: number
  readonly slave?: boolean
  /** Instead of DISCOVERY of [RING]; or a protocol of one's own. */
  readonly discovery?: readonly DiscoveryName[] | DiscoveryProtocol
  /** Instead of STATEDIR, RUNTIMEDIR and HTTPPORT of [RING]. */
  readonly stateDirectory?: string
  readonly runtimeDirectory?: string
  readonly httpPort?: number
  /** Capabilities that plug into the node, beside its own. */
  readonly parts?: readonly NodePart[]
}

const nodeRules = {
  configuration: {
    fits: (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
    wanted: 'the path of a file, a JSON text, or an object of its shape',
    isSecret: true,
  },
  ...{ ctlPort: optional(aPort), cuk: optional(aText), host: optional(aText), port: optional(aPort) },
  ...{ slave: optional(aFlag), stateDirectory: optional(aText), runtimeDirectory: optional(aText) },
  httpPort: optional(aPort),
  parts: optional(listOf(anObject)),
  discovery: optional({
    fits: (value) => typeof value === 'function' || (Array.isArray(value) && value.every(aText.fits)),
    wanted: 'a list of names of protocols, or a protocol',
  }),
} satisfies Readonly<Record<string, ArgumentRule>>

/** Everything a node needs to know of its configuration, found out before anything is opened. */
export interface NodeSettings {
  readonly configuration: Configuration
  readonly ring: RingSettings
  readonly self: SelfNode
  readonly name: NodeName
  readonly servers: readonly { readonly name: NodeName; readonly address: Address }[]
  /** Every way to them. */
  readonly targets: readonly DialTarget[]
  /** Where the others dial this node first; a slave has none and shows its name. */
  readonly address: Address
  /** Where operators reach it. */
  readonly ctlPort: number
  readonly keys: readonly Uint8Array[]
  /** How the others are found. */
  readonly discovery: DiscoveryChoice
  readonly runtimeDirectory: string
  readonly stateDirectory: string | undefined
  readonly httpPort: number | undefined
  /** Votes, and serves nothing. */
  readonly witness: boolean
  /** What it says of itself; a slave is in no view, and says nothing. */
  readonly metadata: MemberMetadata | undefined
  readonly warnings: readonly string[]
}

/**
 * Reads the configuration and finds this node in it.
 *
 * @throws ConfigurationError, NodeSetupError, ArgumentError
 */
export async function readSettings(
  options: NodeOptions,
  sections: readonly AnySection[] = sectionsWith(options.parts),
): Promise<NodeSettings> {
  checkArguments('startNode()', options, nodeRules)
  return settingsOf(await loadConfiguration(sourceOf(options), { sections }), options)
}

/** Those of a node, and those that parts bring. */
function sectionsWith(parts: readonly NodePart[] = []): readonly AnySection[] {
  return [...nodeSections, ...parts.flatMap(({ section }) => section ?? [])]
}

export function sourceOf({ configuration }: NodeOptions): ConfigurationSource {
  if (typeof configuration === 'string') return sourceFromArgument(configuration)
  return isSource(configuration) ? configuration : sourceFromContent(configuration)
}

/** No section is called `kind`. */
function isSource(configuration: ConfigurationContent | ConfigurationSource): configuration is ConfigurationSource {
  return typeof configuration['kind'] === 'string'
}

/**
 * Finds this node in a configuration that was loaded with {@link nodeSections}, and reads the key file that it names.
 *
 * @throws ConfigurationError, NodeSetupError, ArgumentError
 */
export async function settingsOf(
  configuration: Configuration,
  options: Omit<NodeOptions, 'configuration'>,
): Promise<NodeSettings> {
  const self = await ownNode(configuration, options)
  const ring = configuration.section(ringSection)
  const found = { self, keys: await groupKeys(ring), ownAddress: await ownAddress(ring) }
  return settingsWith(configuration, found, options)
}

/**
 * What this configuration makes of a node whose place in it, keys and address are known. Pure.
 *
 * @throws NodeSetupError
 */
export function settingsWith(
  configuration: Configuration,
  { self, keys, ownAddress }: Pick<NodeSettings, 'self' | 'keys'> & Pick<DiscoveryChoice, 'ownAddress'>,
  options: Omit<NodeOptions, 'configuration'>,
): NodeSettings {
  const ring = configuration.section(ringSection)
  const name = nodeName(self.name)
  const isListed = configuration.servers.length > 0
  const listed = isListed || self.role === 'slave' ? configuration.servers : [self.node]
  const servers = listed.map((server) => ({ name: nodeName(server.name), address: serverAddresses(server)[0] }))
  const address = self.role === 'server' ? serverAddresses(self.node)[0] : formatAddress('0.0.0.0', 1)
  const stateDirectory = options.stateDirectory ?? forNode(ring.stateDir, name)
  checkQuorum(ring, self, stateDirectory, isListed)
  const chosen = options.discovery
  const own = typeof chosen === 'function' ? chosen : undefined
  const discovery = {
    ...(own && { own }),
    names: discoveryNamesOf(ring, isListed, typeof chosen === 'function' ? undefined : chosen),
    group: configuration.global.group,
    ring,
    port: self.role === 'server' ? self.node.port : undefined,
    ownAddress,
  }
  checkDiscovery(discovery, isListed)
  return {
    configuration,
    ring,
    self,
    name,
    servers,
    targets: dialTargets(configuration),
    address,
    ctlPort: ctlPortOf(configuration, self, name),
    keys,
    discovery,
    runtimeDirectory: options.runtimeDirectory ?? runtimeDirectoryOf(ring, configuration.global.group, name),
    stateDirectory,
    httpPort: options.httpPort ?? ring.httpPort,
    ...membershipOf(ring, self, configuration.servers),
    warnings: warningsOf(configuration, ring, self, keys),
  }
}

/** A slave's may be that of its name, where its entry admits any. */
function ctlPortOf({ global }: Configuration, self: SelfNode, name: string): number {
  const own = self.node.ctlPort ?? namedAddress(name)?.ctlPort ?? global.ctlPort ?? 0
  if (self.role === 'server' && self.node.port === own) {
    throw new NodeSetupError(
      `PORT and CTLPORT of ${name} are both ${own}. Nodes talk on PORT, operators on CTLPORT: give it another CTLPORT.`,
    )
  }
  return own
}

function membershipOf(
  ring: RingSettings,
  self: SelfNode,
  servers: readonly ServerNode[],
): Pick<NodeSettings, 'witness' | 'metadata'> {
  if (self.role === 'slave') return { witness: false, metadata: undefined }
  return { witness: isWitness(ring, self.node, servers), metadata: descriptionOf(ring, self.node, servers) }
}

/** Where a node of this configuration keeps its socket and its lock on this machine; programs find it the same way. */
export function runtimeDirectoryOf(ring: RingSettings, group: string, name: string): string {
  return forNode(ring.runtimeDir, name) ?? defaultRuntimeDirectory(group, name)
}

/** Where it is unless RUNTIMEDIR says otherwise. */
export function defaultRuntimeDirectory(group: string, name: string): string {
  const base = process.env['XDG_RUNTIME_DIR'] ?? join(tmpdir(), `ring-${userName()}`)
  // Short, because a socket path has at most about a hundred bytes.
  const mark = createHash('sha256').update(`${group}\0${name}`).digest('hex').slice(0, 12)
  return join(base, `ring-${mark}`)
}

/** A user id need not have a name: containers are run as any. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'user')
  }
}

function forNode(directory: string | undefined, name: string): string | undefined {
  return directory?.replaceAll('%n', name.replaceAll(/[^A-Za-z0-9.-]/g, '-'))
}

/** The keys that are valid, the one that signs first. */
export async function groupKeys(ring: RingSettings): Promise<readonly Uint8Array[]> {
  const fromFile = ring.groupKeyFile === undefined ? [] : await readKeyFile(ring.groupKeyFile)
  return [...new Set([...fromFile, ...ring.groupKey])].map(keyBytes)
}

/** Mistakes in its settings are told before anything is opened. */
function checkDiscovery(discovery: DiscoveryChoice, isListed: boolean): void {
  if (!isListed && !discovery.own && discovery.names.every((name) => name === 'tcpping')) {
    throw new NodeSetupError(
      'TCPPING asks the servers of a list, and this configuration has none. List them in [SVRNODE], or choose another DISCOVERY.',
    )
  }
  discoveryOf(discovery, { keys: () => [], onRefused: () => undefined })
}

function checkQuorum(
  ring: NodeSettings['ring'],
  self: SelfNode,
  stateDirectory: string | undefined,
  isListed: boolean,
): void {
  if (ring.quorum === 'majority' && !isListed && ring.expect === undefined && !ring.joinOnly) {
    throw new NodeSetupError(
      'QUORUM = majority needs the servers by name: who forms the ring has to be settled before the first start. List them in [SVRNODE] (DISCOVERY may still be another one), say how many there will be (EXPECT), or use QUORUM = none.',
    )
  }
  if (self.role === 'slave' || ring.quorum === 'none' || stateDirectory !== undefined || ring.forgetful) return
  throw new NodeSetupError(
    'QUORUM = majority needs a STATEDIR in [RING], where this node keeps what it promised. Without one (FORGETFUL = yes) a restart of several servers may stop the ring for good.',
  )
}

function warningsOf(
  configuration: Configuration,
  ring: RingSettings,
  self: SelfNode,
  keys: readonly Uint8Array[],
): readonly string[] {
  const open = keys.length === 0 && !knownServers(configuration, self).every(provesPeers)
  if (open && ring.auth === 'required') {
    throw new NodeSetupError(
      'AUTH = required, but there is no group key (GROUPKEYFILE, GROUPKEY), and not every server has SSL_VERIFY_PEER with a CAPATH. Make a key with: ring-node key new --file ring.key',
    )
  }
  return [
    ...configuration.warnings.map(formatIssue),
    ...(open ? [openWarning(configuration, ring)] : []),
    ...(ring.quorum === 'majority' && ring.forgetful
      ? ['FORGETFUL: a restart of several servers may stop the ring for good']
      : []),
    ...tlsWarnings(configuration, ring, self),
    ...addressWarnings(configuration, self),
  ]
}

function openWarning(configuration: Configuration, ring: RingSettings): string {
  if (ring.auth === 'open') return 'AUTH = open, and no group key: whoever reaches this node can join this ring'
  return configuration.servers.length > 0
    ? 'no group key and no mutual TLS: whoever can use a configured host can join this ring'
    : 'no group key and no list of servers: only nodes on this machine can join this ring. A key lets others in: GROUPKEYFILE'
}

/** Without CAPATH any certificate that a public authority signed would do. */
function provesPeers({ tls }: ServerNode): boolean {
  return tls.enabled && tls.verifyPeer && tls.caPath !== undefined
}

/**
 * Whether who connects to this node has proved nothing but where it comes from: then the host lists decide.
 *
 * @param started what the listener was started with: whether it asks for certificates stays so until a restart
 * @param latest names the authorities, which a running listener does take over
 */
export function isOpenTo(started: SelfNode, latest: SelfNode, keys: readonly Uint8Array[]): boolean {
  if (keys.length > 0) return false
  if (started.role !== 'server' || latest.role !== 'server') return true
  const { tls } = latest.node
  return !(provesPeers(started.node) && tls.enabled && tls.caPath !== undefined)
}

/** Why a node that runs with keys cannot go on without any; undefined where it can. */
export function keylessProblem(started: NodeSettings, latest: NodeSettings): string | undefined {
  const isRequired = [started, latest].some(({ ring }) => ring.auth === 'required')
  const isProved = [started, latest].every(({ configuration, self }) =>
    knownServers(configuration, self).every(provesPeers),
  )
  if (!isRequired || isProved) return undefined
  return 'AUTH = required, and the configuration has no group key any more, but this node was started without mutual TLS of every server (SSL_VERIFY_PEER with a CAPATH). Restart every node with both, and take the key out after that.'
}

function tlsWarnings(configuration: Configuration, ring: RingSettings, self: SelfNode): readonly string[] {
  const servers = knownServers(configuration, self)
  const secure = servers.filter(({ tls }) => tls.enabled)
  const caPath = self.role === 'server' ? self.node.tls.enabled && self.node.tls.caPath : self.node.tls.caPath
  const httpOpen = ring.httpPort !== undefined && !isLoopbackHost(ring.httpBind) && ring.httpTls === 'off'
  return [
    ...(secure.length > 0 && !caPath
      ? ['SSL without CAPATH: the bytes are hidden, but this node does not check whom it talks to']
      : []),
    ...(secure.length > 0 && secure.length < servers.length
      ? ['SSL is on for some servers only: what goes to the others can be read on the way']
      : []),
    ...(httpOpen ? ['HTTPBIND beyond loopback without HTTPTLS: who reaches the port reads names and numbers'] : []),
  ]
}

/** Dialled at a loopback address, while others are elsewhere: none of them can ever reach this node. */
function addressWarnings({ servers }: Configuration, self: SelfNode): readonly string[] {
  if (self.role === 'slave' || !serverAddresses(self.node).every(isLoopbackAddress)) return []
  if (servers.length === 0) {
    return [
      `others would dial this node at ${self.node.host}, which only this machine can: say its address with BIND or --host`,
    ]
  }
  const elsewhere = servers.filter((server) => !serverAddresses(server).some(isLoopbackAddress))
  if (elsewhere.length === 0) return []
  return [
    `others would dial this node at ${self.node.host}, which ${elsewhere[0]!.host} cannot reach: name it in [SVRNODE] by an address that they have, or give ENDPOINTS`,
  ]
}

const isLoopbackAddress = (address: Address) => isLoopbackHost(parseAddress(address).host)

function isLoopbackHost(host: string): boolean {
  return /^(?:localhost|127\..*|::1)$/i.test(host)
}
