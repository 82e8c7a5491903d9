import { createHash } from 'node:crypto'
import { lookup } from 'node:dns'
import { isIP } from 'node:net'
import { type Address, address, checkArguments, type Peer, type Timer } from '@ring/platform'
import { formatAddress, parseAddress } from '@ring/transport'
import type { Answer, DiscoveryMessage } from '../core/answer.ts'
import { type Registered, registeredAddress, registeredName } from '../core/gossip/gossip-address.ts'
import type { PingData } from '../core/gossip/jgroups-types.ts'
import type { TcppingOptions } from '../core/tcpping/tcpping.ts'
import type { Discovery, DiscoveryProtocol, DiscoveryQuery, DiscoverySurroundings } from '../discovery.ts'
import { tcpgossipRules } from '../discovery-arguments.ts'
import { LinkAsking } from '../tcpping/link-asking.ts'
import { RouterConnection } from './router-connection.ts'

export interface TcpgossipOptions extends TcppingOptions {
  /** Gossip routers, Ring's or JGroups 5's; all of them are used at once. Host names are looked up at each connect. */
  readonly routers: readonly Address[]
  /** The name of the group, as it is registered. */
  readonly group: string
}

/**
 * TCPGOSSIP: asks gossip routers who is registered in the group, and then those, over control links.
 *
 * @throws ArgumentError
 */
export function tcpgossip(options: TcpgossipOptions): DiscoveryProtocol {
  checkArguments('tcpgossip()', options, tcpgossipRules)
  return (surroundings) => new TcpgossipDiscovery(surroundings, options)
}

/** Of a run, how long routers may take: then those that answered have to do. */
const routersPart = 0.5
const lookUpAgainMs = 30_000

class TcpgossipDiscovery implements Discovery {
  readonly #surroundings: DiscoverySurroundings
  readonly #asking: LinkAsking
  readonly #routers: readonly RouterConnection[]
  /** Of the run under way: who has not answered yet. */
  #pending = new Set<number>()
  #timer: Timer | undefined
  #registered: { readonly incarnation: number; readonly ip: string | undefined } | undefined
  #lookedUpMs = Number.NEGATIVE_INFINITY
  #stopped = false

  constructor(surroundings: DiscoverySurroundings, { routers, group, ...options }: TcpgossipOptions) {
    const { clock, random, logger } = surroundings
    this.#surroundings = surroundings
    this.#asking = new LinkAsking(surroundings, options)
    this.#routers = [...new Set(routers)].map(
      (router, index) =>
        new RouterConnection({
          ...{ router, group, clock, random, logger },
          onMembers: (members) => this.#answered(index, members),
        }),
    )
    this.#refresh()
    for (const router of this.#routers) router.start()
  }

  find(query: DiscoveryQuery, found: (answers: readonly Answer[]) => void): void {
    if (this.#stopped) return
    this.#refresh()
    this.#timer?.cancel()
    this.#pending = new Set(this.#routers.keys())
    this.#asking.find(query, true, found)
    this.#timer = this.#surroundings.clock.after(query.timeoutMs * routersPart, () => {
      this.#pending.clear()
      this.#asking.candidates([], true)
    })
    for (const router of this.#routers) router.ask()
    if (this.#routers.length === 0) this.#asking.candidates([], true)
  }

  onMessage(from: Peer, message: DiscoveryMessage): void {
    this.#asking.onMessage(from, message)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#asking.stop()
    for (const router of this.#routers) router.stop()
  }

  #answered(index: number, members: readonly PingData[] | undefined): void {
    if (this.#stopped || !this.#pending.delete(index)) return
    const own = this.#uuid(this.#surroundings.incarnation())
    const others = (members ?? []).filter((one) => one.address?.kind !== 'uuid' || one.address.uuid !== own)
    const isAll = this.#pending.size === 0
    if (isAll) this.#timer?.cancel()
    this.#asking.candidates(others.flatMap(candidateOf), isAll)
  }

  /** Registers the present life where it can be dialled; a slave, which cannot, registers nothing. */
  #refresh(): void {
    const { self, incarnation, clock } = this.#surroundings
    if (self.role === 'slave') return
    const { host } = parseAddress(self.address)
    const known = isIP(host) ? host : this.#registered?.ip
    if (!this.#registered || this.#registered.incarnation !== incarnation()) this.#register(known)
    if (isIP(host) || clock.monotonicMs() - this.#lookedUpMs < lookUpAgainMs) return
    this.#lookedUpMs = clock.monotonicMs()
    lookup(host, (error, ip) => {
      if (!error && !this.#stopped && ip !== this.#registered?.ip) this.#register(ip)
    })
  }

  #register(ip: string | undefined): void {
    const { self, incarnation } = this.#surroundings
    const life = incarnation()
    const { port } = parseAddress(self.address)
    this.#registered = { incarnation: life, ip }
    for (const router of this.#routers) {
      router.register({
        address: { kind: 'uuid', uuid: this.#uuid(life) },
        logicalName: registeredName(self),
        physicalAddress: ip === undefined ? undefined : { kind: 'ip', host: ip.replace(/%.*$/, ''), port },
      })
    }
  }

  /** The same at every router and after every reconnect; another one for another life. */
  #uuid(incarnation: number): string {
    const { name } = this.#surroundings.self
    return createHash('sha256').update(`${name}\0${incarnation}`).digest('hex').slice(0, 32)
  }
}

function candidateOf(member: PingData): readonly Address[] {
  const registered: Registered | undefined = registeredAddress(member)
  if (!registered) return []
  return [typeof registered === 'string' ? address(registered) : formatAddress(registered.host, registered.port)]
}
