import { lookup } from 'node:dns/promises'
import { type Configuration, slaveAllows } from '@ring/config'

/** Addresses as sockets report them: IPv4 inside IPv6 is IPv4. */
const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.)/, '')
const isLoopback = (address: string) => /^127\./.test(address) || address === '::1'

/**
 * Who may connect where neither a key nor certificates decide, as CHMPX has it: the machines of the configuration's
 * servers and slaves, and this machine. Names are looked up once, at the start.
 */
export async function hostAccess(configuration: Configuration): Promise<(remoteAddress: string) => boolean> {
  const names = [
    ...configuration.servers.map(({ host }) => host),
    ...configuration.slaves.map(({ pattern }) => pattern),
  ]
  const looked = await Promise.all(names.filter(isPlainName).map((name) => lookup(name, { all: true }).catch(() => [])))
  const known = new Set(looked.flat().map(({ address }) => plain(address)))
  return (remoteAddress) => {
    const address = plain(remoteAddress)
    return (
      isLoopback(address) ||
      known.has(address) ||
      configuration.slaves.some((slave) => slaveAllows(slave, { host: address }))
    )
  }
}

function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9.:-]+$/.test(name)
}
