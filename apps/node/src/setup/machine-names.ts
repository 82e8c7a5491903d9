import { hostname } from 'node:os'
import { machineAddresses } from '@ring/transport'

/** Of the start: a machine that is renamed while a node runs does not make it another node. */
export const hostNameAtStart = hostname()

const atStart = namesNow(hostNameAtStart)

/** Every name and address of this machine, the preferred ones first: those of the start, then what came since. */
export function machineNames(): readonly string[] {
  return [...new Set([...atStart, ...namesNow(hostname())])]
}

function namesNow(host: string): readonly string[] {
  return [host, ...machineAddresses().map(({ address }) => address), 'localhost', '127.0.0.1', '::1']
}
