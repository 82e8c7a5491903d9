import { hostname, networkInterfaces } from 'node:os'

/** Every name and address of this machine, the preferred ones first. */
export function machineNames(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap(
    (entries) => entries?.map(({ address }) => address) ?? [],
  )
  return [...new Set([hostname(), ...addresses, 'localhost', '127.0.0.1', '::1'])]
}
