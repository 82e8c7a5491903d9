import { checkArguments } from '@ring/platform'
import type { DiscoveryProtocol } from '../discovery.ts'
import { multicastRules, multicastSocketRules } from '../discovery-arguments.ts'
import { MulticastDiscovery, type MulticastOptions } from './multicast-discovery.ts'

/** Organization-local (RFC 2365), and assigned to nobody. */
export const pingMulticast = { group: '239.192.81.71', port: 45_871 } as const
export const mpingMulticast = { group: '239.192.81.72', port: 45_872 } as const

/** PING: asks by multicast; answers come back as datagrams. All groups may share one multicast address. */
export function ping(options: MulticastOptions): DiscoveryProtocol {
  checkMulticast('ping()', options)
  return (surroundings) => new MulticastDiscovery(surroundings, 'datagram', options, pingMulticast)
}

/**
 * MPING: asks by multicast on a socket of its own; answers come over control links, so that only the question depends on
 * multicast and the answers are as safe as links are.
 */
export function mping(options: MulticastOptions): DiscoveryProtocol {
  checkMulticast('mping()', options)
  return (surroundings) => new MulticastDiscovery(surroundings, 'link', options, mpingMulticast)
}

function checkMulticast(call: string, options: MulticastOptions): void {
  checkArguments(call, options, multicastRules)
  if (options.multicast !== undefined) checkArguments(`${call}, multicast`, options.multicast, multicastSocketRules)
}
