import { type Address, address, RingError } from '@ring/platform'

/** `host:port`, with an IPv6 host in square brackets. */
export function formatAddress(host: string, port: number): Address {
  // Only such a host has a colon; Node's own test compiles a pattern on its first use, for seven milliseconds.
  return address(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)
}

/** @throws RingError `RING_ADDRESS_INVALID` */
export function parseAddress(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port < 1 || port > 65535) {
    throw new RingError(
      'RING_ADDRESS_INVALID',
      `"${text}" is not an address; write host:port, or [host]:port for IPv6.`,
    )
  }
  return { host, port }
}
