import type { Configuration, ServerNode, SlaveNode } from '@ring/config'
import {
  chmpxId,
  type IdType,
  type NodeReport,
  noTls,
  type ServerState,
  type TlsReport,
  updateTimeOf,
} from '@ring/control-protocol'
import type { GroupRecord } from '@ring/gms'
import { type PlacementState, placementOf, type ServerReports, traitsOf } from '@ring/merge'
import { namedAddress } from '../../setup/named-address.ts'

/** What a list of the ring's nodes is made from. */
export interface ListSource {
  readonly configuration: Configuration
  readonly record: GroupRecord | undefined
  /** What servers said of themselves; a slave hears none of it. */
  readonly reports: ServerReports | undefined
  /** Slaves that take the record from this node, and the node itself if it is one. */
  readonly slaves: readonly string[]
}

/** All servers that are known, in CHMPX's ring order: those of the configuration, of the view, and those that are still in service. */
export function serverList({ configuration, record, reports }: ListSource): readonly NodeReport[] {
  const placement = record && placementOf(record)
  const members = record?.view.members ?? []
  const listed = new Map<string, ServerNode | undefined>(configuration.servers.map((server) => [server.name, server]))
  for (const name of [...members.map((member) => member.name as string), ...Object.keys(placement?.services ?? {})])
    if (!listed.has(name)) listed.set(name, undefined)
  const up = new Set<string>(members.map(({ name }) => name))
  const found = [...listed].map(([name, server]) => {
    const report = reports?.of(name)
    const isDetached = report !== undefined && report.programs === 0
    const state = stateOf(name, placement, up.has(name), isDetached)
    return { ...described(name, server, configuration), state, lastUpdate: updateTimeOf(report?.atMs ?? 0) }
  })
  const inOrder = found.sort((one, other) => compare(one.name, other.name) || one.ctlport - other.ctlport)
  return withSlots(inOrder)
}

/** Slaves, by the names under which they follow. */
export function slaveList({ configuration, slaves }: ListSource): readonly NodeReport[] {
  return [...slaves].sort(compare).map((name) => ({
    ...described(name, undefined, configuration),
    mode: 'slave' as const,
    state: { ring: 'slave', up: true, action: 'none', progress: 'nothing', detached: false } as const,
    lastUpdate: updateTimeOf(0),
  }))
}

/** The name under which membership knows a server that is listed. */
export function nameOfReport(server: Pick<NodeReport, 'id'>, source: ListSource): string | undefined {
  const { configuration, record } = source
  const placement = record && placementOf(record)
  const names = [
    ...configuration.servers.map(({ name }) => name),
    ...(record?.view.members.map(({ name }) => name) ?? []),
    ...Object.keys(placement?.services ?? {}),
  ]
  return names.find((name) => described(name, serverNamed(configuration, name), configuration).id === server.id)
}

function serverNamed({ servers }: Configuration, name: string): ServerNode | undefined {
  return servers.find((server) => server.name === name)
}

/** Versions before this one say nothing of service: all serve that are in the view. */
function stateOf(name: string, placement: PlacementState | undefined, up: boolean, detached: boolean): ServerState {
  const { ring, action, progress } = traitsOf(
    placement?.services?.[name]?.is ?? (placement && !placement.services && up ? 'in' : 'out'),
  )
  return { ring, up, action, progress, detached: up && detached }
}

/** CHMPX's hash values: the place among those that serve, now and once what goes on is complete. */
function withSlots(servers: readonly NodeReport[]): readonly NodeReport[] {
  let [base, pending] = [0, 0]
  return servers.map((server) => {
    const { ring, action } = server.state
    const isIn = ring === 'in'
    const slots = {
      ...(isIn && action !== 'add' && { baseHash: base++ }),
      ...(isIn && action !== 'delete' && { pendingHash: pending++ }),
    }
    return { ...server, ...slots }
  })
}

type Described = Omit<NodeReport, 'state' | 'lastUpdate'>

function described(name: string, server: ServerNode | undefined, configuration: Configuration): Described {
  const { host, ctlport } = hostAndCtlPort(name, server)
  const endpoints = (list: readonly { readonly host: string; readonly port?: number | undefined }[] = []) =>
    list.map(({ host: one, port }) => (port === undefined ? one : `${one}:${port}`))
  const customSeed = server?.customIdSeed ?? ''
  const cuk = server?.cuk ?? ''
  return {
    id: idOf(configuration, {
      host,
      ctlport,
      cuk,
      customSeed,
      ctlendpoints: endpoints(server?.ctlEndpoints).join(','),
    }),
    ...{ name: host, mode: 'server', ctlport, cuk, customSeed },
    ...(server && { port: server.port }),
    ...{ endpoints: endpoints(server?.endpoints), ctlendpoints: endpoints(server?.ctlEndpoints) },
    ...{ forwardPeers: endpoints(server?.forwardPeers), reversePeers: endpoints(server?.reversePeers) },
    ...{ tls: server ? tlsOf(server) : noTls, sockets: [], controlSockets: [] },
  }
}

function hostAndCtlPort(
  name: string,
  server: ServerNode | undefined,
): { readonly host: string; readonly ctlport: number } {
  if (server) return { host: server.host, ctlport: server.ctlPort }
  const { host = name, ctlPort = 0 } = namedAddress(name) ?? {}
  return { host, ctlport: ctlPort }
}

const idTypes: Readonly<Record<Configuration['global']['chmpxIdType'], IdType>> = {
  NAME: 'name',
  CUK: 'cuk',
  CTLENDPOINTS: 'control endpoints',
  CUSTOM: 'custom',
}

export function idTypeOf({ global }: Configuration): IdType {
  return idTypes[global.chmpxIdType]
}

interface IdParts {
  readonly host: string
  readonly ctlport: number
  readonly cuk: string
  readonly customSeed: string
  readonly ctlendpoints: string
}

function idOf({ global }: Configuration, { host, ctlport, cuk, customSeed, ctlendpoints }: IdParts): string {
  const { group, chmpxIdType } = global
  if (chmpxIdType === 'CUK' && cuk) return chmpxId(group, { kind: 'cuk', text: cuk })
  if (chmpxIdType === 'CTLENDPOINTS' && ctlendpoints)
    return chmpxId(group, { kind: 'ctlendpoints', text: ctlendpoints })
  if (chmpxIdType === 'CUSTOM' && customSeed) return chmpxId(group, { kind: 'custom', text: customSeed })
  return chmpxId(group, { kind: 'name', name: host, ctlport })
}

/** Certificates may be seen; of a private key not even where it lies. */
function tlsOf({ tls }: Pick<ServerNode | SlaveNode, 'tls'>): TlsReport {
  if (!('enabled' in tls) || !tls.enabled) return noTls
  return {
    ...{ enabled: true, verifyPeer: tls.verifyPeer, authoritiesAreFile: false, authorities: tls.caPath ?? '' },
    serverCertificate: tls.server.certificate,
    slaveCertificate: tls.slave?.certificate ?? '',
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
