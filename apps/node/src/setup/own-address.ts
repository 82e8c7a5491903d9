import { createSocket } from 'node:dgram'
import { isIP, isIPv6 } from 'node:net'
import { type MachineAddress, machineAddresses } from '@ring/transport'
import type { RingSettings } from './ring-section.ts'

const wildcards = new Set(['0.0.0.0', '::', '*'])
/** Bridges and ends of containers and virtual machines: others have the same address, on networks of their own. */
const bridges = /^(?:docker|br-|veth|virbr|cni|flannel|cali|podman|lxc|lxd|vmnet|vboxnet|kube)/i
/** A place that nothing is ever sent to: only the way there is looked up. */
const anywhere = { host: '192.0.2.1', port: 9 }

export interface AddressHints {
  readonly addresses: readonly MachineAddress[]
  /** The address that the system would send from on the way to the others, where it can tell. */
  readonly routed: string | undefined
}

/**
 * Where others reach this machine when nobody says: the address of the way to them, else the first that is neither loopback
 * nor a bridge's. 127.0.0.1 where there is none. Pure.
 */
export function addressOf({ addresses, routed }: AddressHints): string {
  const outside = addresses.filter(isOutside)
  if (routed !== undefined && outside.some(({ address }) => address === routed)) return routed
  const [best] = outside
    .map((one) => ({
      address: one.address,
      rank: (bridges.test(one.interface) ? 2 : 0) + (one.family === 'IPv4' ? 0 : 1),
    }))
    .sort((one, other) => one.rank - other.rank)
  return best?.address ?? '127.0.0.1'
}

type Said = Pick<RingSettings, 'bind' | 'multicastIf'>

/** The one address of BIND, else MULTICASTIF; undefined where neither says which. */
export function saidAddress({ bind, multicastIf }: Said): string | undefined {
  const [only, ...others] = bind
  if (only !== undefined && others.length === 0 && !wildcards.has(only)) return only
  return bind.length === 0 && multicastIf !== undefined && isIP(multicastIf) !== 0 ? multicastIf : undefined
}

export const isOutside = ({ internal, address }: MachineAddress) => !internal && !/^fe80:/i.test(address)

/** What the configuration says, else as {@link addressOf}, of this machine as it is now. */
export async function ownAddress(ring: Said & Pick<RingSettings, 'routers' | 'multicast'>): Promise<string> {
  const said = saidAddress(ring)
  if (said !== undefined) return said
  return addressOf({ addresses: machineAddresses(), routed: await addressOfTheWayTo(peerOf(ring)) })
}

/** An address on the way to the others: a gossip router, the group that they hear; else any far one. */
function peerOf({ routers, multicast }: Pick<RingSettings, 'routers' | 'multicast'>): string {
  const hosts = [...routers, ...(multicast === undefined ? [] : [multicast])].map((text) => text.replace(/:\d+$/, ''))
  return hosts.map((host) => host.replace(/^\[|\]$/g, '')).find((host) => isIP(host) !== 0) ?? anywhere.host
}

/** Asks the routes of the system; sends nothing. */
function addressOfTheWayTo(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
    const end = (address: string | undefined) => {
      socket.close()
      resolve(address)
    }
    // Not by a callback of connect: that is called where there is no way, too, and `error` is not told then.
    socket.once('error', () => end(undefined))
    socket.once('connect', () => end(socket.address().address))
    socket.connect(anywhere.port, host)
  })
}

const lookEveryMs = 250

/**
 * Resolves once this machine has an address that is not loopback, or a while has passed: a node that starts with the machine
 * may be there before its network.
 */
export async function untilAddress(waitMsMax: number, onWait: () => void): Promise<void> {
  for (let waitedMs = 0; !machineAddresses().some(isOutside) && waitedMs < waitMsMax; waitedMs += lookEveryMs) {
    if (waitedMs === 0) onWait()
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}
