import { configurationChanges, globalSection, type ServerNode, type SlaveNode } from '@ring/config'
import type { DialTarget } from '@ring/transport'
import type { NodeSettings } from './node-settings.ts'

/** What a change of the configuration comes to, as `[SECTION] KEY`; a server is named, too: `[SVRNODE a:1] PORT`. */
export interface ConfigurationChange {
  /** Taken over by a running node. */
  readonly applied: readonly string[]
  /** Takes effect when the node is started again. */
  readonly needRestart: readonly string[]
}

type Effect = 'applied' | 'restart'

/** Defaults of the node sections and what tells which node this is: they show in the nodes. */
const globalShownElsewhere = new Set([
  ...['port', 'ctlPort', 'selfCtlPort', 'selfCuk', 'mode', 'ssl', 'sslVerifyPeer', 'caPath'],
  ...['serverCert', 'serverPriKey', 'slaveCert', 'slavePriKey'],
])
const serverKeys = {
  host: 'NAME',
  port: 'PORT',
  ctlPort: 'CTLPORT',
  cuk: 'CUK',
  customIdSeed: 'CUSTOM_ID_SEED',
  endpoints: 'ENDPOINTS',
  ctlEndpoints: 'CTLENDPOINTS',
  forwardPeers: 'FORWARD_PEERS',
  reversePeers: 'REVERSE_PEERS',
} as const satisfies Partial<Record<keyof ServerNode, string>>

/** What of a server is its own affair: it listens there, so it has to be started again; the others just dial anew. */
const ownRestart = new Set<string>(['NAME', 'PORT', 'CTLPORT', 'CUK', 'ENDPOINTS', 'SSL_VERIFY_PEER'])
/** A server listens as it was started; who dials it otherwise, sooner than that, does not get through. */
const everyRestart = new Set<string>(['SSL'])

/** Compares two configurations of one node, key by key. Pure. */
export function whatChanges(before: NodeSettings, after: NodeSettings): ConfigurationChange {
  const changes = [
    ...sectionChanges(before, after),
    ...keyFileChanges(before, after),
    ...serverChanges(before, after),
    ...slaveChanges(before, after),
  ]
  const named = (effect: Effect) => [...new Set(changes.filter((one) => one.effect === effect).map(({ key }) => key))]
  return { applied: named('applied'), needRestart: named('restart') }
}

/** New ways to the servers, with TLS as it is known of those that are not new: they may not have been restarted. Pure. */
export function targetsUntilRestart(
  before: readonly DialTarget[],
  after: readonly DialTarget[],
): readonly DialTarget[] {
  const known = new Map(before.map(({ name, tls }) => [name, tls]))
  return after.map((target) => ({ ...target, tls: known.get(target.name) ?? target.tls }))
}

/** The servers whose TLS the configuration gives otherwise than they are dialled, as changes that take a restart. Pure. */
export function dialledAsBefore(now: readonly DialTarget[], configured: readonly DialTarget[]): readonly string[] {
  const known = new Map(now.map(({ name, tls }) => [name, tls]))
  return configured.flatMap(({ name, tls }) => ((known.get(name) ?? tls) === tls ? [] : [`[SVRNODE ${name}] SSL`]))
}

interface Change {
  readonly key: string
  readonly effect: Effect
}

function sectionChanges(before: NodeSettings, after: NodeSettings): readonly Change[] {
  return configurationChanges(before.configuration, after.configuration)
    .filter(({ section, property }) => section !== globalSection.name || !globalShownElsewhere.has(property))
    .map(({ section, key, live }) => ({ key: `[${section}] ${key}`, effect: live ? 'applied' : 'restart' }))
}

/** The path may be the same and what is in the file not. */
function keyFileChanges(before: NodeSettings, after: NodeSettings): readonly Change[] {
  const hex = ({ keys }: NodeSettings) => keys.map((key) => Buffer.from(key).toString('hex'))
  if (same(hex(before), hex(after)) || !same(before.ring.groupKey, after.ring.groupKey)) return []
  return [{ key: '[RING] GROUPKEYFILE', effect: 'applied' }]
}

function serverChanges(before: NodeSettings, after: NodeSettings): readonly Change[] {
  const known = new Map(before.configuration.servers.map((server) => [server.name, server]))
  const names = after.configuration.servers.map(({ name }) => name)
  const isSameList = same([...known.keys()], names)
  return [
    ...(isSameList ? [] : [{ key: '[SVRNODE]', effect: 'applied' as const }]),
    ...after.configuration.servers.flatMap((server) => {
      const old = known.get(server.name)
      return old ? changesOfServer(old, server, after.name) : []
    }),
  ]
}

function changesOfServer(before: ServerNode, after: ServerNode, self: string): readonly Change[] {
  const plain = Object.entries(serverKeys).flatMap(([property, key]) =>
    same(valueOf(before, property), valueOf(after, property)) ? [] : [key],
  )
  return [...plain, ...tlsChanges(before.tls, after.tls)].map((key) => ({
    key: `[SVRNODE ${after.name}] ${key}`,
    effect: everyRestart.has(key) || (after.name === self && ownRestart.has(key)) ? 'restart' : 'applied',
  }))
}

function slaveChanges(before: NodeSettings, after: NodeSettings): readonly Change[] {
  const lists = ({ configuration }: NodeSettings) =>
    configuration.slaves.map((slave: SlaveNode) => ({ ...slave, tls: 0 }))
  const tls = ({ self }: NodeSettings) => (self.role === 'slave' ? self.node.tls : undefined)
  return [
    ...(same(lists(before), lists(after)) ? [] : [{ key: '[SLVNODE]', effect: 'applied' as const }]),
    ...tlsChanges(tls(before), tls(after)).map((key) => ({ key: `[SLVNODE] ${key}`, effect: 'applied' as const })),
  ]
}

const tlsKeys = [
  ['enabled', 'SSL'],
  ['verifyPeer', 'SSL_VERIFY_PEER'],
  ['caPath', 'CAPATH'],
  ['server', 'SERVER_CERT'],
  ['slave', 'SLAVE_CERT'],
] as const

function tlsChanges(before: object | undefined, after: object | undefined): readonly string[] {
  return tlsKeys.flatMap(([property, key]) =>
    same(valueOf(before ?? {}, property), valueOf(after ?? {}, property)) ? [] : [key],
  )
}

function valueOf(values: object, property: string): unknown {
  return (values as Readonly<Record<string, unknown>>)[property]
}

/** Of plain data, as configurations are. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
