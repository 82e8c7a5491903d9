import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Configuration } from './core/configuration.ts'
import { isServerOf, type SelfHints } from './core/nodes/self-node.ts'

/** The addresses of a name; none when it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>

export interface OwnHostsOptions {
  readonly resolve?: Resolve
  /** The longest time that all names together may take, in milliseconds; 3000 when not given. */
  readonly timeoutMs?: number
}

const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true }).catch(() => [])).map(({ address }) => address)

const isOwnLoopback = (address: string) => /^127\./.test(address) || address === '::1'

/**
 * The names of this machine, with those servers of the configuration whose name leads to one of its addresses: a
 * container is often called otherwise than its host name says. Names are looked up only when no server is this machine
 * by its name alone. What does not answer in time is not this machine.
 */
export async function ownHosts(
  configuration: Configuration,
  hints: SelfHints,
  { resolve = systemResolve, timeoutMs = 3000 }: OwnHostsOptions = {},
): Promise<readonly string[]> {
  const candidates = configuration.servers.filter((server) => isServerOf(configuration, server, hints))
  const known = new Set(hints.hostNames.map((host) => host.toLowerCase()))
  const names = [...new Set(candidates.map(({ host }) => host.toLowerCase()))]
  if (names.some((host) => known.has(host))) return hints.hostNames
  const own: string[] = []
  const looked = names
    .filter((host) => isIP(host) === 0)
    .map(async (host) => {
      const addresses = await resolve(host)
      if (addresses.some((address) => known.has(address) || isOwnLoopback(address))) own.push(host)
    })
  await inTime(Promise.all(looked), timeoutMs)
  return [...hints.hostNames, ...own]
}

async function inTime(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, timeoutMs)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
