import { type NodeDump, type NodeReport, noTraffic, type RingInsight } from '@ring/control-protocol'
import type { GroupStatus } from '@ring/gms'
import { placementOf, traitsOf } from '@ring/merge'
import { idTypeOf, type ListSource, serverList, slaveList } from './node-list.ts'
import type { OperatedNode } from './operated-node.ts'

const startedAt = Math.floor(Date.now() / 1_000 - process.uptime())

export function listSourceOf(node: OperatedNode): ListSource {
  const { record } = node.status
  const slaves = [...node.slaves, ...(node.role === 'slave' ? [node.name] : [])]
  return { configuration: node.latestSettings.configuration, record, reports: node.reports, slaves }
}

/** All that a node tells of itself and of the others on its control port. */
export function nodeDumpOf(node: OperatedNode): NodeDump {
  const source = listSourceOf(node)
  const { configuration, record } = source
  const { global } = configuration
  const placement = record && placementOf(record)
  const servers = serverList(source)
  const slaves = slaveList(source)
  const states = Object.values(placement?.services ?? {}).map(({ is }) => traitsOf(is))
  return {
    ...{ group: global.group, self: selfOf(node, servers, slaves), servers, slaves },
    isOperating: states.some(({ progress }) => progress === 'doing' || progress === 'done'),
    isSuspended: placement?.suspended === true,
    configuration: {
      ...{
        revision: global.fileVersion,
        date: Math.floor(global.date.epochMs / 1_000),
        idType: idTypeOf(configuration),
      },
      ...{
        isRandomDelivery: global.deliverMode === 'random',
        autoMerge: global.mergesByItself,
        doMerge: global.doMerge,
      },
      ...{ replicas: global.replica, nodesMax: global.maxChmpx, tlsMinVersion: global.sslMinVer },
      ...{
        socketThreads: global.sockThreadCnt,
        queueThreads: global.mqThreadCnt,
        queuesMax: global.maxMqServer + global.maxMqClient,
      },
      ...{
        chmpxQueues: global.maxMqServer,
        queueDepthOfChmpx: global.maxQPerServerMq,
        queueDepthOfClient: global.maxQPerClientMq,
      },
      ...{
        queuesPerClientMax: global.maxMqPerClient,
        queuesPerAttach: global.mqPerAttach,
        queueAcknowledged: global.mqAck,
      },
      ...{
        socketPoolMax: global.maxSockPool,
        socketPoolTimeoutSeconds: global.sockPoolTimeoutS,
        socketRetries: global.retryCnt,
      },
      ...{ socketTimeoutMicroseconds: global.rwTimeoutUs, connectTimeoutMicroseconds: global.conTimeoutUs },
      ...{ queueRetries: global.mqRetryCnt, queueTimeoutMicroseconds: global.mqRwTimeoutUs },
      ...{ mergeTimeoutSeconds: global.mergeTimeoutS, traceEntriesMax: global.maxHistLog },
      messageStore: {
        ...{ fullMap: global.k2hFullMap, maskBits: global.k2hMaskBit },
        ...{ collisionMaskBits: global.k2hCMaskBit, elementsMax: global.k2hMaxEle },
      },
    },
    traffic: {
      servers: noTraffic,
      slaves: { ...noTraffic, sent: node.counters.answers, received: node.counters.requests },
    },
    ...{ pid: process.pid, startedAt, programPids: node.status.programs.map(({ pid }) => pid), controlConnections: 0 },
    ring: insightOf(node),
  }
}

/** This node in the list; of a slave that is not listed what it says of itself. */
function selfOf(node: OperatedNode, servers: readonly NodeReport[], slaves: readonly NodeReport[]): NodeReport {
  const isOwn = ({ name, ctlport, cuk }: NodeReport) =>
    [`${name}:${ctlport}`, `[${name}]:${ctlport}`, cuk].includes(node.name)
  const found = (node.role === 'server' ? servers : slaves).find(isOwn)
  if (found) return found
  throw new TypeError(`this node, ${node.name}, is in no list of its own`)
}

function insightOf(node: OperatedNode): RingInsight {
  const { record, group, programs, warnings } = node.status
  const services = new Map<string, number>()
  for (const { role, service = '' } of programs)
    if (role === 'server') services.set(service, (services.get(service) ?? 0) + 1)
  const merge = mergeOf(node)
  return {
    ...(record && {
      record: { lineage: record.lineage, version: record.version, epoch: record.epoch },
      coordinator: record.view.members[0]?.name ?? '',
    }),
    quorum: quorumOf(node, group),
    ...(merge && { merge }),
    attached: [...services].map(([service, count]) => ({ service, programs: count })),
    warnings,
  }
}

function quorumOf(node: OperatedNode, group: GroupStatus): RingInsight['quorum'] {
  const { record } = node.status
  const isPrimary = group.phase === 'member' && group.primary
  const missing = group.phase === 'member' && group.nonPrimary ? group.missing : []
  return {
    ...{ mode: node.settings.ring.quorum, isPrimary },
    voters: record?.voters.map(({ name }) => name) ?? [],
    missing: [...missing],
  }
}

function mergeOf(node: OperatedNode): RingInsight['merge'] {
  const { record } = node.status
  const { merge, services = {} } = (record && placementOf(record)) ?? {}
  if (!merge) return undefined
  const doing = Object.entries(services).filter(([, { is }]) => traitsOf(is).progress === 'doing')
  const reports = Object.keys(services).map((server) => ({ server, progress: node.reports?.of(server)?.progress }))
  return {
    ...{ id: merge.id, phase: merge.closingAt === undefined ? 'copying' : 'closing' },
    startedBy: node.latestSettings.configuration.global.mergesByItself ? 'AUTOMERGE' : 'an operator',
    waitingFor: doing.map(([server]) => ({
      server,
      why: node.reports?.of(server)?.progress?.why ?? 'is still getting what it is to hold',
    })),
    progress: reports.flatMap(({ server, progress }) =>
      progress?.merge === merge.id ? [{ server, items: progress.items, bytes: progress.bytes }] : [],
    ),
  }
}
