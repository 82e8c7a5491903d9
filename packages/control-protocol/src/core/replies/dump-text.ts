import type { NodeDump, TrafficReport } from '../status/node-dump.ts'
import { dumpedConfigurationLines } from './dump-configuration.ts'
import { lines } from './dump-lines.ts'
import { dumpedMessages } from './dump-messages.ts'
import { dumpedSelf, listedNodes } from './dump-nodes.ts'
import { harmless } from './harmless.ts'
import { trafficTexts } from './traffic-lines.ts'
import { placeText, yesNo } from './values.ts'

const thick = '='.repeat(74)
const thin = '-'.repeat(74)

/**
 * A node in CHMPX's form, line by line: there it is a picture of shared memory. What Ring has none of (files, addresses, queues)
 * is empty or 0, and the place of an entry in its list stands where CHMPX has an address.
 */
export function dumpText(dump: NodeDump): string {
  const { configuration, programPids } = dump
  const { messageStore } = configuration
  return [
    thick,
    ...headLines(),
    thick,
    'Shared memory file Object',
    thin,
    ...lines(0, 20, [
      ['CHMINFO version', 'CHMINFO_VERSION 1.1'],
      ['CHMINFO size', '0'],
      ['pid', String(dump.pid)],
      ['start_time', String(dump.startedAt)],
      ...dumpedConfigurationLines(configuration, dump.isSuspended),
    ]),
    ...dumpedMessages(dump),
    'chmpx_man{',
    ...managed(dump),
    '}',
    ...lines(0, 20, [
      ['rel_chmpxmsgarea', '0'],
      ['client_pids', placeText(programPids.length === 0 ? 0 : 1)],
    ]),
    ...pidList(programPids),
    ...lines(0, 20, [
      ['free_pids', placeText(1)],
      ['k2hash full map', yesNo(messageStore.fullMap)],
      ['init k2h mask bit', String(messageStore.maskBits)],
      ['init k2h cmask bit', String(messageStore.collisionMaskBits)],
      ['k2hash max element', String(messageStore.elementsMax)],
      ['history log count', String(configuration.traceEntriesMax)],
    ]),
    thick,
    '',
  ].join('\n')
}

function headLines(): readonly string[] {
  return lines(0, 25, [
    ['Shared memory file path', ''],
    ['Shared memory file size', '0'],
    ['Shared memory file fd', '-1'],
    ['Shared memory file Object', '0'],
    ['Configuration object', '0'],
    ['K2HASH Object', ''],
  ])
}

function managed(dump: NodeDump): readonly string[] {
  const { group, servers, slaves, configuration, traffic } = dump
  const owning = servers.filter(({ baseHash }) => baseHash !== undefined)
  const pending = servers.filter(({ pendingHash }) => pendingHash !== undefined)
  const sockets = [...servers, ...slaves].reduce((sum, node) => sum + node.sockets.length, 0)
  const free = configuration.nodesMax - servers.length - slaves.length
  return [
    ...lines(2, 18, [
      ['group', harmless(group)],
      ['cfg_revision', String(configuration.revision)],
      ['cfg_date', String(configuration.date)],
      ['replica_count', String(configuration.replicas)],
      ['chmpx_count', String(configuration.nodesMax)],
    ]),
    '  chmpxid_map[4096]',
    ...slotList('chmpx_base_srvs', bySlot(owning, 'baseHash')),
    ...slotList('chmpx_pend_srvs', bySlot(pending, 'pendingHash')),
    ...dumpedSelf(dump.self),
    ...lines(2, 18, [['chmpx_bhash_count', String(owning.length)]]),
    ...listedNodes('chmpx_server_count', 'chmpx_servers', servers),
    ...listedNodes('chmpx_slave_count', 'chmpx_slaves', slaves),
    ...lines(2, 18, [
      ['chmpx_free_count', String(Math.max(0, free))],
      ['chmpx_frees', placeText(free > 0 ? 1 : 0)],
      // CHMPX has room for two sockets a node.
      ['sock_free_count', String(Math.max(0, 2 * configuration.nodesMax - sockets))],
      ['sock_frees', placeText(1)],
      ['is_operating', yesNo(dump.isOperating)],
      ['last_chmpxid', '0xffffffffffffffff'],
    ]),
    ...trafficBlock('server_stat', traffic.servers),
    ...trafficBlock('slave_stat', traffic.slaves),
  ]
}

function bySlot(servers: NodeDump['servers'], hash: 'baseHash' | 'pendingHash'): NodeDump['servers'] {
  return [...servers].sort((one, other) => (one[hash] ?? 0) - (other[hash] ?? 0))
}

function slotList(key: string, servers: NodeDump['servers']): readonly string[] {
  return [
    ...lines(2, 18, [[key, placeText(1)]]),
    `  [${servers.length}] {`,
    ...servers.map(({ id }, slot) => `    [${slot}] = ${id}`),
    '  }',
  ]
}

const trafficKeys = [
  ...['total_sent_count', 'total_received_count', 'total_body_bytes', 'min_body_bytes', 'max_body_bytes'],
  ...['total_elapsed_time', 'min_elapsed_time', 'max_elapsed_time'],
]

function trafficBlock(name: string, traffic: TrafficReport): readonly string[] {
  const texts = trafficTexts(traffic)
  return [
    `  ${name}{`,
    ...lines(
      4,
      20,
      trafficKeys.map((key, at) => [key, texts[at]!]),
    ),
    '  }',
  ]
}

function pidList(pids: readonly number[]): readonly string[] {
  if (pids.length === 0) return []
  const entry = (pid: number, at: number) => [
    `  [${at}] = {`,
    ...lines(4, 4, [
      ['prev', placeText(at)],
      ['next', placeText(at + 1 < pids.length ? at + 2 : 0)],
      ['pid', String(pid)],
    ]),
    '  }',
  ]
  return ['{', ...pids.flatMap(entry), '}']
}
