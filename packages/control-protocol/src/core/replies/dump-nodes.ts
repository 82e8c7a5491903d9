import type { NodeReport } from '../status/node-report.ts'
import { stateText } from '../status/server-state.ts'
import { updateTimeOfText } from '../status/update-time.ts'
import { lines } from './dump-lines.ts'
import { harmless } from './harmless.ts'
import { stateRead } from './node-values.ts'
import { type TextBlock, valueIn } from './text-blocks.ts'
import {
  countOfText,
  dumpedHex,
  hashOfText,
  listOfText,
  listText,
  optional,
  placeText,
  portOfText,
  portText,
  socketsOfText,
  socketsText,
} from './values.ts'

/** The node that was asked. */
export function dumpedSelf(self: NodeReport): readonly string[] {
  return [...lines(2, 18, [['chmpx_self', placeText(1)]]), '  {', ...nodeLines(4, self), '  }']
}

/** All nodes of one kind; of none there is no block. */
export function listedNodes(countKey: string, listKey: string, nodes: readonly NodeReport[]): readonly string[] {
  const head = lines(2, 18, [
    [countKey, String(nodes.length)],
    [listKey, placeText(nodes.length === 0 ? 0 : 1)],
  ])
  if (nodes.length === 0) return head
  const entry = (node: NodeReport, at: number) => [
    `    [${at}] = {`,
    ...lines(6, 4, [
      ['prev', placeText(at)],
      ['next', placeText(at + 1 < nodes.length ? at + 2 : 0)],
      ['same', '0'],
    ]),
    '      chmpx{',
    ...nodeLines(8, node),
    '      }',
    '    }',
  ]
  return [...head, '  {', ...nodes.flatMap(entry), '  }']
}

function nodeLines(indent: number, node: NodeReport): readonly string[] {
  const { tls } = node
  return lines(indent, 16, [
    ['chmpxid', node.id],
    ['name', harmless(node.name)],
    ['mode', node.mode],
    ['base_hash', dumpedHex(node.baseHash)],
    ['pending_hash', dumpedHex(node.pendingHash)],
    ['port', portText(node.port)],
    ['ctlport', String(node.ctlport)],
    ['cuk', harmless(node.cuk)],
    ['custom_seed', harmless(node.customSeed)],
    ['endpoints', listText(node.endpoints)],
    ['ctlendpoints', listText(node.ctlendpoints)],
    ['forward_peers', listText(node.forwardPeers)],
    ['reverse_peers', listText(node.reversePeers)],
    ['is_ssl', String(tls.enabled)],
    ['verify_peer', String(tls.verifyPeer)],
    ['is_ca_file', String(tls.authoritiesAreFile)],
    ['capath', harmless(tls.authorities)],
    ['server_cert', harmless(tls.serverCertificate)],
    // Where private keys lie is not told; CHMPX's tools need the lines.
    ['server_prikey', ''],
    ['slave_cert', harmless(tls.slaveCertificate)],
    ['slave_prikey', ''],
    ['sock', socketsText(node.sockets)],
    ['ctlsock', socketsText(node.controlSockets)],
    ['selfsock', portText(node.listenSocket)],
    ['selfctlsock', portText(node.listenControlSocket)],
    ['last_status_time', String(node.lastUpdate)],
    ['status', stateText(node.state)],
  ])
}

/** @throws ReplyFormatError */
export function nodeFrom(block: TextBlock): NodeReport {
  const value = (key: string) => valueIn(block, key)
  return {
    ...{ id: value('chmpxid'), name: value('name'), mode: value('mode') === 'slave' ? 'slave' : 'server' },
    ...optional('port', portOfText(value('port'))),
    ...{ ctlport: countOfText(value('ctlport')), cuk: value('cuk'), customSeed: value('custom_seed') },
    endpoints: listOfText(value('endpoints')),
    ctlendpoints: listOfText(value('ctlendpoints')),
    forwardPeers: listOfText(value('forward_peers')),
    reversePeers: listOfText(value('reverse_peers')),
    tls: {
      enabled: value('is_ssl') === 'true',
      verifyPeer: value('verify_peer') === 'true',
      authoritiesAreFile: value('is_ca_file') === 'true',
      authorities: value('capath'),
      serverCertificate: value('server_cert'),
      slaveCertificate: value('slave_cert'),
    },
    state: stateRead('DUMP', value('status')),
    lastUpdate: updateTimeOfText(value('last_status_time')) ?? 0n,
    ...optional('baseHash', hashOfText(value('base_hash'))),
    ...optional('pendingHash', hashOfText(value('pending_hash'))),
    sockets: socketsOfText(value('sock')),
    controlSockets: socketsOfText(value('ctlsock')),
    ...optional('listenSocket', socketsOfText(value('selfsock'))[0]),
    ...optional('listenControlSocket', socketsOfText(value('selfctlsock'))[0]),
  }
}
