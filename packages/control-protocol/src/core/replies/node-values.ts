import type { NodeReport } from '../status/node-report.ts'
import { type ServerState, stateBits, stateOfText, stateText } from '../status/server-state.ts'
import { updateTimeOfText, updateTimeText } from '../status/update-time.ts'
import { ReplyFormatError } from './reply-format-error.ts'
import { hashOfText, hashText, listOfText, listText, optional, yesNo } from './values.ts'

/** What SELFSTATUS and ALLSTATUS tell of a node. */
export type ListedNode = Pick<
  NodeReport,
  | 'name'
  | 'port'
  | 'ctlport'
  | 'cuk'
  | 'customSeed'
  | 'endpoints'
  | 'ctlendpoints'
  | 'forwardPeers'
  | 'reversePeers'
  | 'state'
  | 'lastUpdate'
  | 'baseHash'
  | 'pendingHash'
> & {
  readonly usesTls: boolean
  /** With TLS: it asks others for a certificate. */
  readonly verifiesPeers: boolean
}

export type Line = readonly [key: string, value: string]

/** The typo is CHMPX's, and its tools look for it. */
const peerKeys = {
  endpoints: 'Endpoints',
  ctlendpoints: 'Control Endppoints',
  forwardPeers: 'Forward Peers',
  reversePeers: 'Reverse Peers',
} as const
type PeerKey = keyof typeof peerKeys

export function listedNode(report: NodeReport): ListedNode {
  const { name, port, ctlport, cuk, customSeed, endpoints, ctlendpoints, forwardPeers, reversePeers } = report
  const { state, lastUpdate, baseHash, pendingHash } = report
  return {
    ...{ name, ctlport, cuk, customSeed, endpoints, ctlendpoints, forwardPeers, reversePeers, state, lastUpdate },
    ...optional('port', port),
    ...optional('baseHash', baseHash),
    ...optional('pendingHash', pendingHash),
    usesTls: report.tls.enabled,
    verifiesPeers: report.tls.enabled && report.tls.verifyPeer,
  }
}

export function addressLines(node: Pick<ListedNode, PeerKey>): readonly Line[] {
  return (Object.keys(peerKeys) as PeerKey[]).map((key) => [peerKeys[key], listText(node[key])])
}

/** @param key what CHMPX calls it there */
export function tlsLines(
  key: string,
  { usesTls, verifiesPeers }: Pick<ListedNode, 'usesTls' | 'verifiesPeers'>,
): readonly Line[] {
  return [[key, yesNo(usesTls)], ...(usesTls ? [['Verify Peer', yesNo(verifiesPeers)] as const] : [])]
}

export function tlsFrom(key: string, value: (key: string) => string): Pick<ListedNode, 'usesTls' | 'verifiesPeers'> {
  return { usesTls: value(key) === 'yes', verifiesPeers: value('Verify Peer') === 'yes' }
}

export function stateLines({ state, lastUpdate }: Pick<ListedNode, 'state' | 'lastUpdate'>): readonly Line[] {
  return [
    ['Server Status', `0x${stateBits(state).toString(16)}(${stateText(state)})`],
    ['Last Update', updateTimeText(lastUpdate)],
  ]
}

export function hashLines({ baseHash, pendingHash }: Pick<NodeReport, 'baseHash' | 'pendingHash'>): readonly Line[] {
  return [
    ['Enable Hash Value', hashText(baseHash)],
    ['Pending Hash Value', hashText(pendingHash)],
  ]
}

export function addressesFrom(value: (key: string) => string): Pick<ListedNode, PeerKey> {
  const keys = Object.keys(peerKeys) as PeerKey[]
  return Object.fromEntries(keys.map((key) => [key, listOfText(value(peerKeys[key]))])) as Pick<ListedNode, PeerKey>
}

/** @throws ReplyFormatError */
export function stateFrom(what: string, value: (key: string) => string): Pick<ListedNode, 'state' | 'lastUpdate'> {
  return {
    state: stateRead(what, value('Server Status')),
    lastUpdate: updateTimeOfText(value('Last Update')) ?? 0n,
  }
}

/** @throws ReplyFormatError */
export function stateRead(what: string, text: string): ServerState {
  const state = stateOfText(text)
  if (state === undefined) throw new ReplyFormatError(what, 'it names no state of a node')
  return state
}

export function hashesFrom(value: (key: string) => string): Pick<NodeReport, 'baseHash' | 'pendingHash'> {
  return {
    ...optional('baseHash', hashOfText(value('Enable Hash Value'))),
    ...optional('pendingHash', hashOfText(value('Pending Hash Value'))),
  }
}
