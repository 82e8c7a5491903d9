import type { Address, NodeName } from '@ring/platform'
import type { PingData } from './jgroups-types.ts'

/** Where a registered member can be dialled: `host:port`, or an IP address with its port. */
export type Registered = string | { readonly host: string; readonly port: number }

const ipv4 = /^\d{1,3}(?:\.\d{1,3}){3}:/
const hostForm = /@([^:\s[\]@]{1,253}:\d{1,5})$/

/**
 * The logical name under which a node is registered. JGroups' physical addresses are IP addresses; an address that is a
 * host name stands behind the name, after `@`: JGroups shows it and does not look at it.
 */
export function registeredName({ name, address }: { readonly name: NodeName; readonly address: Address }): string {
  return address.startsWith('[') || ipv4.test(address) ? name : `${name}@${address}`
}

/** A host name goes before the IP address that it had when it was registered. */
export function registeredAddress({ logicalName = '', physicalAddress }: PingData): Registered | undefined {
  const host = hostForm.exec(logicalName)?.[1]
  if (host !== undefined && !ipv4.test(host)) return host
  if (physicalAddress?.kind !== 'ip' || physicalAddress.host === undefined || physicalAddress.port === 0)
    return undefined
  return { host: physicalAddress.host, port: physicalAddress.port }
}
