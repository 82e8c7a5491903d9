import { hostname } from 'node:os'
import { machineAddresses } from '@ring/transport'

/** Every name and address of this machine, the preferred ones first. */
export function machineNames(): readonly string[] {
  const addresses = machineAddresses().map(({ address }) => address)
  return [...new Set([hostname(), ...addresses, 'localhost', '127.0.0.1', '::1'])]
}
