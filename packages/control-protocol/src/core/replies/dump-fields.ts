import type { DumpedConfiguration, NodeDump, TrafficReport } from '../status/node-dump.ts'
import type { NodeReport, TlsReport } from '../status/node-report.ts'
import type { RingInsight } from '../status/ring-insight.ts'

type Fields<Shape> = Readonly<Record<keyof Shape, true>>

const tlsFields: Fields<TlsReport> = {
  ...{ enabled: true, verifyPeer: true, authoritiesAreFile: true },
  ...{ authorities: true, serverCertificate: true, slaveCertificate: true },
}
const nodeFields: Fields<NodeReport> = {
  ...{ id: true, name: true, mode: true, port: true, ctlport: true, cuk: true, customSeed: true },
  ...{ endpoints: true, ctlendpoints: true, forwardPeers: true, reversePeers: true, tls: true },
  ...{ state: true, lastUpdate: true, baseHash: true, pendingHash: true },
  ...{ sockets: true, controlSockets: true, listenSocket: true, listenControlSocket: true },
}
const trafficFields: Fields<TrafficReport> = {
  ...{
    sent: true,
    received: true,
    bytes: true,
    bytesMin: true,
    bytesMax: true,
    time: true,
    timeMin: true,
    timeMax: true,
  },
}
const configurationFields: Fields<DumpedConfiguration> = {
  ...{ revision: true, date: true, idType: true, isRandomDelivery: true, autoMerge: true, doMerge: true },
  ...{ replicas: true, nodesMax: true, tlsMinVersion: true, socketThreads: true, queueThreads: true },
  ...{ queuesMax: true, chmpxQueues: true, queueDepthOfChmpx: true, queueDepthOfClient: true },
  ...{ queuesPerClientMax: true, queuesPerAttach: true, queueAcknowledged: true, socketPoolMax: true },
  ...{ socketPoolTimeoutSeconds: true, socketRetries: true, socketTimeoutMicroseconds: true },
  ...{ connectTimeoutMicroseconds: true, queueRetries: true, queueTimeoutMicroseconds: true },
  ...{ mergeTimeoutSeconds: true, traceEntriesMax: true, messageStore: true },
}
const insightFields: Fields<RingInsight> = {
  ...{ record: true, coordinator: true, quorum: true, merge: true, attached: true, relay: true, warnings: true },
}

/**
 * A dump with the fields of the model and no others: whatever else an object carries that a node made its reports of, a key or a
 * token, stays where it is.
 */
export function dumpFields(dump: NodeDump): NodeDump {
  const { group, isOperating, isSuspended, pid, startedAt, programPids, controlConnections, ring } = dump
  return {
    ...{ group, isOperating, isSuspended, pid, startedAt, programPids, controlConnections },
    self: reportFields(dump.self),
    servers: dump.servers.map(reportFields),
    slaves: dump.slaves.map(reportFields),
    configuration: picked(dump.configuration, configurationFields),
    traffic: {
      servers: picked(dump.traffic.servers, trafficFields),
      slaves: picked(dump.traffic.slaves, trafficFields),
    },
    ...(ring !== undefined && { ring: picked(ring, insightFields) }),
  }
}

function reportFields(report: NodeReport): NodeReport {
  return { ...picked(report, nodeFields), tls: picked(report.tls, tlsFields) }
}

function picked<Shape extends object>(from: Shape, fields: Fields<Shape>): Shape {
  const keys = Object.keys(fields) as (keyof Shape)[]
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]])) as Shape
}
