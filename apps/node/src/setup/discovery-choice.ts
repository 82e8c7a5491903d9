import { isIPv4, isIPv6 } from 'node:net'
import {
  combined,
  type DiscoveryProtocol,
  dns,
  gossipRouterPort,
  mping,
  ping,
  tcpgossip,
  tcpping,
} from '@ring/discovery'
import { type Address, address, RingError } from '@ring/platform'
import { type MulticastSocketOptions, parseAddress } from '@ring/transport'
import { NodeSetupError } from '../errors.ts'
import type { DiscoveryName, RingSettings } from './ring-section.ts'

/** What the choice depends on; all of it is known before anything is opened. */
export interface DiscoveryChoice {
  /** One of the user's own, instead of all that follows. */
  readonly own?: DiscoveryProtocol
  readonly names: readonly DiscoveryName[]
  readonly group: string
  readonly ring: RingSettings
  /** Of this node; a slave has none. */
  readonly port: number | undefined
  /** Where others reach this machine: multicast leaves there, where MULTICASTIF says nothing. */
  readonly ownAddress: string
}

/** From DISCOVERY, else the list of servers, else multicast. */
export function discoveryNamesOf(
  ring: RingSettings,
  hasServers: boolean,
  override?: readonly DiscoveryName[],
): readonly DiscoveryName[] {
  return override ?? ring.discovery ?? [hasServers ? 'tcpping' : 'ping']
}

/** What the protocols need of the node that runs. */
export interface DiscoveryParts {
  /** The group keys that are valid at the moment of the call. */
  readonly keys: () => readonly Uint8Array[]
  /** A datagram was not taken. */
  readonly onRefused: (reason: string) => void
}

/**
 * The protocols that the configuration chose, with their settings.
 *
 * @throws NodeSetupError where a setting is missing or cannot be understood
 */
export function discoveryOf(choice: DiscoveryChoice, parts: DiscoveryParts): DiscoveryProtocol {
  if (choice.own) return choice.own
  const protocols = choice.names.map((name) => makers[name](choice, parts))
  return protocols.length === 1 ? protocols[0]! : combined(protocols)
}

const makers: Record<DiscoveryName, (choice: DiscoveryChoice, parts: DiscoveryParts) => DiscoveryProtocol> = {
  tcpping: () => tcpping(),
  ping: (choice, parts) => ping({ group: choice.group, ...parts, multicast: multicastOf(choice) }),
  mping: (choice, parts) => mping({ group: choice.group, ...parts, multicast: multicastOf(choice) }),
  tcpgossip: ({ group, ring }) => tcpgossip({ group, routers: routersOf(ring) }),
  dns: ({ ring, port }) => {
    const { dnsQuery: query, dnsType: type, dnsPort = port, dnsInterval: intervalMs, dnsServer: server } = ring
    if (query === undefined) throw new NodeSetupError('DISCOVERY = dns needs a name to look up: DNSQUERY in [RING].')
    if (type !== 'SRV' && dnsPort === undefined) {
      throw new NodeSetupError(
        'DISCOVERY = dns with A or AAAA records needs the PORT of the servers: DNSPORT in [RING]. SRV records bring it.',
      )
    }
    const more = { ...(dnsPort !== undefined && { port: dnsPort }), ...(server !== undefined && { server }) }
    return dns({ query, type, intervalMs, ...more })
  },
}

function multicastOf({ ring, ownAddress }: DiscoveryChoice): Partial<Omit<MulticastSocketOptions, 'logger'>> {
  const { multicast, multicastIf, ttl } = ring
  const place = multicast === undefined ? undefined : addressOf(multicast, 'MULTICAST')
  if (place && !isMulticast(place.host)) {
    throw new NodeSetupError(
      `MULTICAST = ${multicast}: ${place.host} is no multicast address. IPv4 has 224.0.0.0 to 239.255.255.255, IPv6 ff00::/8.`,
    )
  }
  const from = multicastIf ?? ownAddress
  const fits = multicastIf !== undefined || (isIPv6(place?.host ?? '') ? isIPv6(from) : isIPv4(from))
  return { ttl, ...(place && { group: place.host, port: place.port }), ...(fits && { interface: from }) }
}

function isMulticast(host: string): boolean {
  const first = Number(host.split('.')[0])
  return isIPv4(host) ? first >= 224 && first <= 239 : isIPv6(host) && /^ff/i.test(host)
}

function routersOf({ routers }: RingSettings): readonly Address[] {
  if (routers.length === 0) {
    throw new NodeSetupError('DISCOVERY = tcpgossip needs a gossip router to ask: ROUTERS in [RING], as host:port.')
  }
  return routers.map((router) => {
    const text = /:\d+$/.test(router) ? router : `${router}:${gossipRouterPort}`
    addressOf(text, 'ROUTERS')
    return address(text)
  })
}

function addressOf(text: string, key: string): { readonly host: string; readonly port: number } {
  try {
    return parseAddress(text)
  } catch (error) {
    if (!(error instanceof RingError)) throw error
    throw new NodeSetupError(`${key} in [RING]: ${error.message}`, { cause: error })
  }
}
