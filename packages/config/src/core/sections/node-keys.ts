import type { ServerNode, SlaveNode } from '../nodes/nodes.ts'
import { keyOf, type SectionFields } from './section.ts'
import { serverSection } from './server-section.ts'
import { slaveSection } from './slave-section.ts'

/** A key of a node section, and what a resolved node has for it. */
export interface NodeKey<Node> {
  readonly property: string
  readonly key: string
  readonly of: (node: Node) => unknown
}

function keysOf<Node>(fields: SectionFields, values: Readonly<Record<string, (node: Node) => unknown>>) {
  return Object.entries(values).map(
    ([property, of]): NodeKey<Node> => ({ property, key: keyOf(property, fields[property]!), of }),
  )
}

const secure = ({ tls }: ServerNode) => (tls.enabled ? tls : undefined)

/** The keys of [SVRNODE] in the order in which they are shown. */
export const serverKeys = keysOf<ServerNode>(serverSection.fields, {
  name: ({ host }) => [host],
  port: ({ port }) => port,
  ctlPort: ({ ctlPort }) => ctlPort,
  cuk: ({ cuk }) => cuk,
  customIdSeed: ({ customIdSeed }) => customIdSeed,
  endpoints: ({ endpoints }) => endpoints,
  ctlEndpoints: ({ ctlEndpoints }) => ctlEndpoints,
  forwardPeers: ({ forwardPeers }) => forwardPeers,
  reversePeers: ({ reversePeers }) => reversePeers,
  ssl: ({ tls }) => tls.enabled,
  sslVerifyPeer: (node) => secure(node)?.verifyPeer,
  caPath: (node) => secure(node)?.caPath,
  serverCert: (node) => secure(node)?.server.certificate,
  serverPriKey: (node) => secure(node)?.server.privateKey,
  slaveCert: (node) => secure(node)?.slave?.certificate,
  slavePriKey: (node) => secure(node)?.slave?.privateKey,
})

/** The keys of [SLVNODE] in the order in which they are shown. */
export const slaveKeys = keysOf<SlaveNode>(slaveSection.fields, {
  name: ({ pattern }) => pattern,
  ctlPort: ({ ctlPort }) => ctlPort,
  cuk: ({ cukPattern }) => cukPattern,
  customIdSeed: ({ customIdSeed }) => customIdSeed,
  ctlEndpoints: ({ ctlEndpoints }) => ctlEndpoints,
  forwardPeers: ({ forwardPeers }) => forwardPeers,
  reversePeers: ({ reversePeers }) => reversePeers,
  caPath: ({ tls }) => tls.caPath,
  slaveCert: ({ tls }) => tls.slave?.certificate,
  slavePriKey: ({ tls }) => tls.slave?.privateKey,
})
