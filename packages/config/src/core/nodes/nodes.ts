import type { Journal } from '../journal.ts'
import type { GlobalSettings } from '../sections/global-section.ts'
import type { ReadSection } from '../sections/section.ts'
import type { ServerFields, ServerSettings } from '../sections/server-section.ts'
import type { SlaveFields, SlaveSettings } from '../sections/slave-section.ts'
import { missing, type ReadNodes } from '../sections/tls-rules.ts'
import type { Endpoint } from './endpoint.ts'
import { partialMatchRemark, slaveMatcher } from './slave-pattern.ts'

/** Absolute paths of a certificate and its key. */
export interface KeyPair {
  readonly certificate: string
  readonly privateKey: string
}

export type ServerTls =
  | { readonly enabled: false }
  | {
      readonly enabled: true
      readonly verifyPeer: boolean
      readonly caPath: string | undefined
      readonly server: KeyPair
      /** What it shows when it dials another server. */
      readonly slave: KeyPair | undefined
    }

export interface SlaveTls {
  readonly caPath: string | undefined
  readonly slave: KeyPair | undefined
}

/** A server of the ring, everything resolved. */
export interface ServerNode {
  /** `host:ctlPort` (an IPv6 host in brackets), or its CUK with CHMPXIDTYPE = CUK. Unique in the ring. */
  readonly name: string
  readonly host: string
  readonly port: number
  readonly ctlPort: number
  readonly cuk: string | undefined
  readonly customIdSeed: string | undefined
  readonly endpoints: readonly Endpoint[]
  readonly ctlEndpoints: readonly Endpoint[]
  readonly forwardPeers: readonly Endpoint[]
  readonly reversePeers: readonly Endpoint[]
  readonly tls: ServerTls
}

/** Who may be a slave; test a host or CUK with {@link slaveAllows}. */
export interface SlaveNode {
  readonly pattern: string
  readonly ctlPort: number | undefined
  readonly cukPattern: string | undefined
  readonly customIdSeed: string | undefined
  readonly ctlEndpoints: readonly Endpoint[]
  readonly forwardPeers: readonly Endpoint[]
  readonly reversePeers: readonly Endpoint[]
  readonly tls: SlaveTls
}

/** Who asks to be a slave. */
export interface SlaveCandidate {
  readonly host: string
  readonly ctlPort?: number | undefined
  readonly cuk?: string | undefined
}

/** Whether the entry admits this host; a control port and a CUK that are not known are not compared. */
export function slaveAllows(entry: SlaveNode, candidate: SlaveCandidate): boolean {
  const { host, ctlPort, cuk } = candidate
  if (ctlPort !== undefined && entry.ctlPort !== undefined && ctlPort !== entry.ctlPort) return false
  if (cuk !== undefined && entry.cukPattern !== undefined && !slaveMatcher(entry.cukPattern)?.(cuk)) return false
  return slaveMatcher(entry.pattern)?.(host) ?? false
}

/** `host:port`, with brackets around an IPv6 host. */
export const hostAndPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

function pairOf(certificate: string | undefined, privateKey: string | undefined): KeyPair | undefined {
  return certificate === undefined || privateKey === undefined ? undefined : { certificate, privateKey }
}

type TlsSettings = Pick<GlobalSettings, 'caPath' | 'slaveCert' | 'slavePriKey'>

function slaveTls(node: TlsSettings, global: TlsSettings): SlaveTls {
  const slave = pairOf(node.slaveCert ?? global.slaveCert, node.slavePriKey ?? global.slavePriKey)
  return { caPath: node.caPath ?? global.caPath, slave }
}

type ServerTlsSettings = Pick<ServerSettings, 'ssl' | 'sslVerifyPeer' | 'serverCert' | 'serverPriKey'> & TlsSettings

const noFiles = {
  caPath: undefined,
  serverCert: undefined,
  serverPriKey: undefined,
  slaveCert: undefined,
  slavePriKey: undefined,
}

function serverTls(node: ServerTlsSettings, global: GlobalSettings): ServerTls {
  const server = pairOf(node.serverCert ?? global.serverCert, node.serverPriKey ?? global.serverPriKey)
  if (!(node.ssl ?? global.ssl) || server === undefined) return { enabled: false }
  return { enabled: true, verifyPeer: node.sslVerifyPeer ?? global.sslVerifyPeer, server, ...slaveTls(node, global) }
}

/** The servers that one [SVRNODE] stands for. Its values have passed {@link checkNodes}. */
function serversOf(node: ServerSettings, global: GlobalSettings): readonly ServerNode[] {
  const port = node.port ?? global.port!
  const ctlPort = node.ctlPort ?? global.ctlPort!
  const { cuk, customIdSeed, endpoints, ctlEndpoints, forwardPeers, reversePeers } = node
  return node.name.map((host) => ({
    name: serverName(host, ctlPort, cuk, global.chmpxIdType),
    host,
    port,
    ctlPort,
    cuk,
    customIdSeed,
    endpoints,
    ctlEndpoints,
    forwardPeers,
    reversePeers,
    tls: serverTls(node, global),
  }))
}

/** All servers, each once: what is given again has been warned of by {@link checkNodes}. */
export function allServersOf(nodes: readonly ServerSettings[], global: GlobalSettings): readonly ServerNode[] {
  const servers = new Map<string, ServerNode>()
  for (const server of nodes.flatMap((node) => serversOf(node, global))) {
    const key = server.name.toLowerCase()
    if (!servers.has(key)) servers.set(key, server)
  }
  return [...servers.values()]
}

/** Who a node is that no list names, because its ring has none. */
export interface UnlistedNode {
  /** Where others dial it; of a slave, what it calls itself. */
  readonly host: string
  readonly port: number
  readonly ctlPort: number
  readonly cuk?: string | undefined
}

/** A server of a ring whose configuration lists none: everything but its place is from [GLOBAL]. */
export function unlistedServer({ global }: { readonly global: GlobalSettings }, own: UnlistedNode): ServerNode {
  const { host, port, ctlPort, cuk } = own
  const none = { endpoints: [], ctlEndpoints: [], forwardPeers: [], reversePeers: [], customIdSeed: undefined }
  const tls = serverTls({ ssl: undefined, sslVerifyPeer: undefined, ...noFiles }, global)
  return { name: serverName(host, ctlPort, cuk, global.chmpxIdType), host, port, ctlPort, cuk, ...none, tls }
}

/** A slave of such a ring. */
export function unlistedSlave({ global }: { readonly global: GlobalSettings }, own: UnlistedNode): SlaveNode {
  const none = { ctlEndpoints: [], forwardPeers: [], reversePeers: [], customIdSeed: undefined }
  const { host, ctlPort, cuk } = own
  return { pattern: host, ctlPort, cukPattern: cuk, ...none, tls: slaveTls(noFiles, global) }
}

export function slaveOf(node: SlaveSettings, global: GlobalSettings): SlaveNode {
  const { customIdSeed, ctlEndpoints, forwardPeers, reversePeers } = node
  return {
    pattern: node.name,
    ctlPort: node.ctlPort ?? global.ctlPort,
    cukPattern: node.cuk,
    customIdSeed,
    ctlEndpoints,
    forwardPeers,
    reversePeers,
    tls: slaveTls(node, global),
  }
}

function serverName(host: string, ctlPort: number, cuk: string | undefined, idType: string): string {
  return idType === 'CUK' && cuk !== undefined ? cuk : hostAndPort(host, ctlPort)
}

/** In bytes of UTF-8: a name travels in frames that give it one byte of length. */
const longestName = 255
const encoder = new TextEncoder()

const identityKeys = {
  NAME: undefined,
  CUK: ['cuk', 'CUK'],
  CTLENDPOINTS: ['ctlEndpoints', 'CTLENDPOINTS'],
  CUSTOM: ['customIdSeed', 'CUSTOM_ID_SEED'],
} as const

/** Checks between the node sections and [GLOBAL]; `othersFind` where servers are found in another way than by a list. */
export function checkNodes(nodes: ReadNodes, journal: Journal, othersFind: boolean): void {
  const seen = new Map<string, Seen>()
  let count = 0
  for (const server of nodes.servers) {
    checkServer(server, nodes.global, journal)
    for (const name of namesOf(server, nodes.global)) {
      const first = seen.get(name)
      const written = server.written('name') ?? server.whole
      if (first === undefined) seen.set(name, { written, server })
      else reportTwin(name, first, { written, server }, journal)
      if (encoder.encode(name).length > longestName)
        journal.error({ ...written, rule: 'must give a name of at most 255 bytes' })
      count++
    }
  }
  const { maxChmpx } = nodes.global.values
  if (maxChmpx !== undefined && count > maxChmpx) {
    journal.error({
      ...(nodes.global.written('maxChmpx') ?? nodes.global.whole),
      rule: `must be at least ${count}, the number of servers`,
    })
  }
  for (const slave of nodes.slaves) checkSlave(slave, journal)
  if (nodes.servers.length === 0 && !othersFind)
    journal.error({ section: 'SVRNODE', rule: 'must be given at least once' })
  if (nodes.slaves.length === 0) journal.warn({ section: 'SLVNODE', rule: 'is not given, so no slave can connect' })
}

interface Seen {
  readonly written: ReadSection<ServerFields>['whole']
  readonly server: ReadSection<ServerFields>
}

/** A server that is given again is left out, as in CHMPX; one of another CUK, or that has only its CUK from it, is a mistake. */
function reportTwin(name: string, first: Seen, { written, server }: Seen, journal: Journal): void {
  const file = first.written.file === written.file ? '' : ` of ${first.written.file ?? '?'}`
  const same = `is the same server as ${name} of line ${first.written.line ?? '?'}${file}`
  const isOne = (['cuk', 'ctlPort'] as const).every((key) => first.server.values[key] === server.values[key])
  const shares = server.values.name?.some((host) => first.server.values.name?.includes(host)) ?? false
  if (isOne && shares) journal.warn({ ...written, rule: `${same}; the first one holds` })
  else journal.error({ ...written, rule: `${same}; NAME with CTLPORT, or CUK, must differ` })
}

function checkServer(server: ReadSection<ServerFields>, global: ReadNodes['global'], journal: Journal): void {
  for (const [property, key] of [
    ['port', 'PORT'],
    ['ctlPort', 'CTLPORT'],
  ] as const) {
    const unknown = missing(server, property) && missing(global, property)
    if (unknown) journal.error({ ...server.whole, key, rule: 'is required here or in [GLOBAL]' })
  }
  const idType = global.values.chmpxIdType ?? 'NAME'
  const identity = identityKeys[idType]
  if (identity === undefined) return
  const [property, key] = identity
  const empty = property === 'ctlEndpoints' && server.values.ctlEndpoints?.length === 0
  if (empty || missing(server, property)) {
    journal.error({ ...server.whole, key, rule: `is required because CHMPXIDTYPE is ${idType}` })
  }
}

function namesOf(server: ReadSection<ServerFields>, global: ReadNodes['global']): readonly string[] {
  const { name, cuk, ctlPort = global.values.ctlPort } = server.values
  if (name === undefined || ctlPort === undefined) return []
  return name.map((host) => serverName(host.toLowerCase(), ctlPort, cuk, global.values.chmpxIdType ?? 'NAME'))
}

function checkSlave(slave: ReadSection<SlaveFields>, journal: Journal): void {
  for (const property of ['name', 'cuk'] as const) {
    const pattern = slave.values[property]
    if (pattern === undefined) continue
    const subject = slave.written(property) ?? slave.whole
    const remark = partialMatchRemark(pattern)
    if (slaveMatcher(pattern) === undefined) {
      journal.error({ ...subject, rule: 'must be host names, with commas, or a regular expression' })
    } else if (remark !== undefined) journal.warn({ ...subject, rule: remark })
  }
}
