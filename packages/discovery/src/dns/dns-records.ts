import { lookup } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Address } from '@ring/platform'
import { formatAddress, machineAddresses, parseAddress } from '@ring/transport'

/** What is asked of DNS. */
export interface DnsQuestion {
  /** The name; for SRV in full, with service and protocol: `_ring._tcp.shop.svc.cluster.local`. */
  readonly query: string
  readonly type: 'A' | 'AAAA' | 'SRV'
  /** The nodes' PORT; SRV records have ports of their own. */
  readonly port?: number
  /** A name server, `host:port` by IP address, instead of the system's. */
  readonly server?: string
}

/** Rejects where the name cannot be looked up now; a name without records has none. */
export type ResolveRecords = (question: DnsQuestion) => Promise<readonly Address[]>

const recordsMax = 4096
const hostForm = /^[A-Za-z0-9._-]{1,253}$/
const tries = { timeout: 1000, tries: 2 }

/**
 * Through the system's resolver A and AAAA records are found as for every connect (hosts file and search domains too);
 * SRV records, and everything where `server` is given, are asked of the name server itself.
 */
export const resolveRecords: ResolveRecords = async (question) => {
  const { query, type, server, port = 0 } = question
  if (type !== 'SRV' && server === undefined) {
    const hosts = await systemAddresses(query, type === 'A' ? 4 : 6)
    return hosts.slice(0, recordsMax).map((host) => formatAddress(host, port))
  }
  const resolver = new Resolver(tries)
  if (server !== undefined) resolver.setServers([server])
  if (type === 'SRV') return await serviceAddresses(resolver, question)
  const hosts = await (type === 'A' ? resolver.resolve4(query) : resolver.resolve6(query)).catch(noneIfUnknown)
  return hosts.slice(0, recordsMax).map((host) => formatAddress(host, port))
}

/** Targets stay names, so that certificates fit; with a name server of its own they are asked of that, too. */
async function serviceAddresses(resolver: Resolver, { query, server }: DnsQuestion): Promise<readonly Address[]> {
  const records = (await resolver.resolveSrv(query).catch(noneIfUnknown)).slice(0, recordsMax)
  const targets = records.filter(({ name, port }) => hostForm.test(name) && port > 0)
  if (server === undefined) return targets.map(({ name, port }) => formatAddress(name, port))
  const found = await Promise.all(
    targets.map(async ({ name, port }) => {
      const none = (): string[] => []
      const v4 = isIP(name) ? [name] : await resolver.resolve4(name).catch(none)
      const hosts = v4.length > 0 ? v4 : await resolver.resolve6(name).catch(none)
      return hosts.map((host) => formatAddress(host, port))
    }),
  )
  return found.flat()
}

function systemAddresses(host: string, family: 4 | 6): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { all: true, family }, (error, found) => {
      if (!error) resolve(found.map(({ address }) => address))
      else if (isUnknown(error)) resolve([])
      else reject(error)
    })
  })
}

function noneIfUnknown(error: unknown): never[] {
  if (isUnknown(error)) return []
  throw error
}

/** The name server's word that there is none, apart from having no word. */
function isUnknown(error: unknown): boolean {
  return ['ENOTFOUND', 'ENODATA'].includes(String((error as { code?: unknown }).code))
}

/** Every way to write the own address, so that a node does not dial itself. */
export function ownAddresses(address: Address): ReadonlySet<Address> {
  const { port } = parseAddress(address)
  const hosts = machineAddresses().map((one) => one.address)
  return new Set([address, ...hosts.map((host) => formatAddress(host, port))])
}
