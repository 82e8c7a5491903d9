import type { NodeDump } from '../status/node-dump.ts'
import { type NodeReport, nodeLabel } from '../status/node-report.ts'

/** The server that a SERVICEOUT names. */
export interface ServerAddress {
  readonly host: string
  readonly ctlport: number
  /** What tells nodes of one host and port apart: CUK, control endpoints or seed, as `CHMPXIDTYPE` says; empty for none. */
  readonly identity: string
}

const shape = /^(\[[0-9A-Fa-f:.%\w]+\]|[^:[\]]+):(\d{1,5})(?::(.*))?$/

/** Reads `host:ctlport` and `host:ctlport:identity`; an IPv6 address stands in brackets. */
export function serverAddress(text: string): ServerAddress | undefined {
  const [, host, digits, identity = ''] = shape.exec(text) ?? []
  if (host === undefined || digits === undefined) return undefined
  const ctlport = Number(digits)
  if (ctlport < 1 || ctlport > 65_535) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), ctlport, identity }
}

/** The servers of a ring that an address fits: one, none, or several where it names no identity. */
export function serversAt({ servers, configuration }: NodeDump, address: ServerAddress): readonly NodeReport[] {
  const identityOf = ({ cuk, ctlendpoints, customSeed }: NodeReport) => {
    if (configuration.idType === 'control endpoints') return ctlendpoints.join(',')
    return configuration.idType === 'custom' ? customSeed : cuk
  }
  return servers.filter(
    (server) =>
      server.name === address.host &&
      server.ctlport === address.ctlport &&
      (address.identity === '' || identityOf(server) === address.identity),
  )
}

/** For the details of a reply: what could have been meant. */
export function serversNamed({ servers }: NodeDump): string {
  const shownMax = 20
  const labels = servers.slice(0, shownMax).map(nodeLabel)
  const more = servers.length > shownMax ? ` and ${servers.length - shownMax} more (ALLSTATUS lists them)` : ''
  return servers.length === 0
    ? 'This node knows of no server.'
    : `The servers of this ring: ${labels.join(', ')}${more}.`
}
