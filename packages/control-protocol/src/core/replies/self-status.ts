import type { NodeDump, TrafficReport } from '../status/node-dump.ts'
import type { NodeMode } from '../status/node-report.ts'
import { harmless } from './harmless.ts'
import {
  addressesFrom,
  addressLines,
  hashesFrom,
  hashLines,
  type Line,
  type ListedNode,
  listedNode,
  stateFrom,
  stateLines,
  tlsFrom,
  tlsLines,
} from './node-values.ts'
import { ReplyFormatError } from './reply-format-error.ts'
import { readBlocks, type TextBlock, valueIn } from './text-blocks.ts'
import { trafficFrom, trafficTexts } from './traffic-lines.ts'
import { countOfText, optional, portOfText, portText, socketsOfText } from './values.ts'

/** What SELFSTATUS tells: the node itself, coarser than DUMP. */
export interface SelfStatus {
  readonly group: string
  readonly id: string
  readonly mode: NodeMode
  readonly queuesMax: number
  readonly queueDepthOfChmpx: number
  readonly queueDepthOfClient: number
  readonly node: ListedNode
  readonly listenSocket?: number
  readonly listenControlSocket?: number
  /** How many servers and slaves are listed, connected or not. */
  readonly servers: number
  readonly slaves: number
  readonly controlConnections: number
  readonly traffic: { readonly servers: TrafficReport; readonly slaves: TrafficReport }
}

export function selfStatusOf(dump: NodeDump): SelfStatus {
  const { group, self, servers, slaves, configuration, controlConnections, traffic } = dump
  const { queuesMax, queueDepthOfChmpx, queueDepthOfClient } = configuration
  return {
    ...{ group, id: self.id, mode: self.mode, queuesMax, queueDepthOfChmpx, queueDepthOfClient },
    node: listedNode(self),
    ...optional('listenSocket', self.listenSocket),
    ...optional('listenControlSocket', self.listenControlSocket),
    ...{ servers: servers.length, slaves: slaves.length, controlConnections, traffic },
  }
}

const width = 25
const trafficKeys = ['send count', 'receive count', 'total', 'minimum', 'maximum', 'total', 'minimum', 'maximum']
const trafficUnits = [' count', ' count', ' bytes', ' bytes', ' bytes', '', '', '']

export function selfStatusText(status: SelfStatus): string {
  const { group, id, mode, queuesMax, queueDepthOfChmpx, queueDepthOfClient, node, traffic } = status
  return [
    ...linesOf(0, [
      ['Server Name', harmless(node.name)],
      ['Internal ID', id],
      ['RING Name', harmless(group)],
      ['Mode', mode === 'server' ? 'Server' : 'Slave'],
      ['Maximum MQ Count', String(queuesMax)],
      ['Maximum Queue / Chmpx MQ', String(queueDepthOfChmpx)],
      ['Maximum Queue / Client MQ', String(queueDepthOfClient)],
    ]),
    ...blockOf(0, 'Status', linesOf(1, stateLines(node))),
    ...blockOf(0, 'Hash', linesOf(1, hashLines(node))),
    ...blockOf(0, 'Connection', linesOf(1, connectionLines(status))),
    ...blockOf(
      0,
      'Connection Count',
      linesOf(1, [
        ['To Servers', String(status.servers)],
        ['From Slaves', String(status.slaves)],
        ['On Control port', String(status.controlConnections)],
      ]),
    ),
    ...blockOf(0, 'Stats', [
      ...blockOf(1, 'To(From) Servers', linesOf(2, trafficLines(traffic.servers))),
      ...blockOf(1, 'To(From) Slaves', linesOf(2, trafficLines(traffic.slaves))),
    ]),
    '',
  ].join('\n')
}

function connectionLines({ node, listenSocket, listenControlSocket }: SelfStatus): readonly Line[] {
  return [
    ['Port(socket)', `${portText(node.port)}(${portText(listenSocket)})`],
    ['Control Port(socket)', `${node.ctlport}(${portText(listenControlSocket)})`],
    ['CUK', harmless(node.cuk)],
    ['Custom ID Seed', harmless(node.customSeed)],
    ...addressLines(node),
    ...tlsLines('SSL Connection', node),
  ]
}

function trafficLines(traffic: TrafficReport): readonly Line[] {
  return trafficTexts(traffic).map((text, at) => [trafficKeys[at]!, `${text}${trafficUnits[at]!}`])
}

function linesOf(depth: number, lines: readonly Line[]): readonly string[] {
  const indent = '    '.repeat(depth)
  return lines.map(([key, value]) => `${(indent + key).padEnd(width)} = ${value}`)
}

function blockOf(depth: number, key: string, lines: readonly string[]): readonly string[] {
  const indent = '    '.repeat(depth)
  return [`${(indent + key).padEnd(width)} = {`, ...lines, `${indent}}`]
}

const blockKeys = new Set([
  'Status',
  'Hash',
  'Connection',
  'Connection Count',
  'Stats',
  'To(From) Servers',
  'To(From) Slaves',
])
const nothing: TextBlock = { entries: [], blocks: new Map(), items: [] }

/** @throws ReplyFormatError */
export function readSelfStatus(text: string): SelfStatus {
  const root = readBlocks(text, blockKeys)
  const group = root.entries.find(([key]) => key === 'RING Name')?.[1]
  if (group === undefined) throw new ReplyFormatError('SELFSTATUS', 'it names no ring')
  const block = (key: string) => root.blocks.get(key) ?? nothing
  const stats = (key: string) => (block('Stats').blocks.get(key) ?? nothing).entries.map(([, value]) => value)
  const connection = (key: string) => valueIn(block('Connection'), key)
  const count = (key: string) => countOfText(valueIn(block('Connection Count'), key))
  const port = portAndSocket(connection('Port(socket)'))
  const ctlport = portAndSocket(connection('Control Port(socket)'))
  return {
    ...{ group, id: valueIn(root, 'Internal ID'), mode: valueIn(root, 'Mode') === 'Slave' ? 'slave' : 'server' },
    queuesMax: countOfText(valueIn(root, 'Maximum MQ Count')),
    queueDepthOfChmpx: countOfText(valueIn(root, 'Maximum Queue / Chmpx MQ')),
    queueDepthOfClient: countOfText(valueIn(root, 'Maximum Queue / Client MQ')),
    node: {
      name: valueIn(root, 'Server Name'),
      ...optional('port', portOfText(port.port)),
      ...{ ctlport: countOfText(ctlport.port), cuk: connection('CUK'), customSeed: connection('Custom ID Seed') },
      ...addressesFrom(connection),
      ...tlsFrom('SSL Connection', connection),
      ...stateFrom('SELFSTATUS', (key) => valueIn(block('Status'), key)),
      ...hashesFrom((key) => valueIn(block('Hash'), key)),
    },
    ...optional('listenSocket', socketsOfText(port.socket)[0]),
    ...optional('listenControlSocket', socketsOfText(ctlport.socket)[0]),
    ...{ servers: count('To Servers'), slaves: count('From Slaves'), controlConnections: count('On Control port') },
    traffic: { servers: trafficFrom(stats('To(From) Servers')), slaves: trafficFrom(stats('To(From) Slaves')) },
  }
}

function portAndSocket(text: string): { readonly port: string; readonly socket: string } {
  const [, port = '', socket = ''] = /^(-?\d+)\((-?\d+)\)$/.exec(text) ?? []
  return { port, socket }
}
