import { type Configuration, type Endpoint, type SelfNode, type SlaveNode, slaveAllows } from '@ring/config'
import type { Access } from '@ring/control-protocol'
import type { Peer } from '@ring/platform'

/** What was found out about hosts; the names of an address are confirmed: they lead back to it. */
export interface HostKnowledge {
  /** Names and addresses of this machine, in lower case. */
  readonly machine: ReadonlySet<string>
  addressesOf(host: string): ReadonlySet<string>
  namesOf(address: string): readonly string[]
}

/** Whether hosts that only a pattern for everybody admits may change the ring on the control port. */
export type ControlOpenness = 'named' | 'open'

/** Addresses as sockets report them: IPv4 inside IPv6 is IPv4, and a zone says nothing about who it is. */
export const plainAddress = (address: string) => address.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '')
const isLoopback = (address: string) => /^127\./.test(address) || address === '::1'
const isPlainName = (name: string) => /^[A-Za-z0-9_.:-]+$/.test(name)

/**
 * Who may connect where neither a key nor certificates decide, by CHMPX's rules. A machine may connect when it is one of
 * the configuration; a peer may be who it says when its machine is that one's, or a gateway in front of this node
 * (REVERSE_PEERS), behind which only names can be compared.
 */
export class HostRules {
  readonly #configuration: Configuration
  readonly #self: SelfNode
  readonly #known: HostKnowledge

  constructor(configuration: Configuration, self: SelfNode, known: HostKnowledge) {
    this.#configuration = configuration
    this.#self = self
    this.#known = known
  }

  /** Every host of the configuration that has to be looked up. */
  get hosts(): readonly string[] {
    const { servers, slaves } = this.#configuration
    const hosts = [
      ...servers.flatMap((server) => [server.host, ...hostsOf(server.endpoints), ...hostsOf(server.forwardPeers)]),
      ...slaves.flatMap((slave) => [slave.pattern, ...hostsOf(slave.forwardPeers)]),
      ...hostsOf(this.#self.node.reversePeers),
    ]
    return [...new Set(hosts.filter(isPlainName))]
  }

  /** Whether some entry is a pattern of names, so that an address has to be asked for its name. */
  get needsNames(): boolean {
    return this.#configuration.slaves.some(({ pattern }) => !isPlainName(pattern))
  }

  mayConnect(remote: string): boolean {
    const { servers, slaves } = this.#configuration
    // Where no server is listed nobody can tell who is one: those of this machine are taken for its user's own.
    return (
      this.#isThisMachine(remote) ||
      this.#isGateway(remote) ||
      servers.some((server) => this.#isServer(server, remote)) ||
      slaves.some((slave) => this.#isSlave(slave, remote, {}))
    )
  }

  /**
   * What a host may do on the control port (A11): this machine and hosts that are named may change the ring; who is let in by a
   * pattern that fits everybody may look, unless the configuration opens it.
   */
  controlAccess(remote: string, openness: ControlOpenness): Access {
    const { servers, slaves } = this.#configuration
    if (this.#isThisMachine(remote) || servers.some((server) => this.#isServer(server, remote))) return 'change'
    const admitting = slaves.filter((slave) => this.#isSlave(slave, remote, {}))
    if (admitting.some((slave) => openness === 'open' || !isCatchAll(slave))) return 'change'
    return admitting.length > 0 ? 'read' : 'refused'
  }

  /** Why the peer cannot be who it says it is; undefined when it may be. */
  objection(peer: Peer, remote: string): string | undefined {
    return peer.role === 'server' ? this.#serverObjection(peer.name, remote) : this.#slaveObjection(peer.name, remote)
  }

  #serverObjection(name: string, remote: string): string | undefined {
    const { servers } = this.#configuration
    if (servers.length === 0) {
      if (this.#isThisMachine(remote)) return undefined
      return 'no [SVRNODE] is listed and there is no group key: give every node the same key (ring-node key new), or set AUTH = open'
    }
    const server = servers.find((one) => one.name === name)
    if (!server) return `no [SVRNODE] is ${name}`
    if (this.#isGateway(remote) || this.#isServer(server, remote)) return undefined
    return `${remote} is not an address of ${name}; if it is seen so on the way, name it in FORWARD_PEERS`
  }

  #slaveObjection(name: string, remote: string): string | undefined {
    const { global, servers, slaves } = this.#configuration
    if (servers.length === 0 && this.#isThisMachine(remote)) return undefined
    const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(name)
    const said = parts?.[1] ?? parts?.[2] ?? remote
    const fits = (slave: SlaveNode) => {
      const isByKey = global.chmpxIdType === 'CUK' && slave.cukPattern !== undefined
      const identity = isByKey ? { cuk: name } : { ctlPort: parts ? Number(parts[3]) : undefined }
      return this.#isGateway(remote)
        ? slaveAllows(slave, { host: said, ...identity })
        : this.#isSlave(slave, remote, identity)
    }
    return slaves.some(fits) ? undefined : `no [SLVNODE] admits ${name} from ${remote}`
  }

  #isServer(
    server: {
      readonly host: string
      readonly endpoints: readonly Endpoint[]
      readonly forwardPeers: readonly Endpoint[]
    },
    remote: string,
  ): boolean {
    const hosts = [server.host, ...hostsOf(server.endpoints), ...hostsOf(server.forwardPeers)]
    return hosts.some((host) => this.#isHost(host, remote))
  }

  #isSlave(slave: SlaveNode, remote: string, identity: { ctlPort?: number | undefined; cuk?: string }): boolean {
    const hosts = [...hostsOf(slave.forwardPeers), ...(isPlainName(slave.pattern) ? [slave.pattern] : [])]
    // The machine is the right one by its address: only port and key are left to compare.
    if (hosts.some((host) => this.#isHost(host, remote))) {
      return slaveAllows({ ...slave, pattern: '*' }, { host: remote, ...identity })
    }
    const names = this.#isThisMachine(remote) ? [...this.#known.machine] : this.#known.namesOf(remote)
    return [remote, ...names].some((host) => slaveAllows(slave, { host, ...identity }))
  }

  /** Whether a host of the configuration is where a connection comes from. */
  #isHost(host: string, remote: string): boolean {
    if (host === remote || this.#known.addressesOf(host).has(remote)) return true
    if (!this.#isThisMachine(remote)) return false
    // From this machine: any of its own addresses will do, since which one the kernel chose says nothing.
    const { machine } = this.#known
    return (
      machine.has(host.toLowerCase()) ||
      isLoopback(host) ||
      [...this.#known.addressesOf(host)].some((one) => machine.has(one))
    )
  }

  #isThisMachine(remote: string): boolean {
    return isLoopback(remote) || this.#known.machine.has(remote)
  }

  #isGateway(remote: string): boolean {
    const hosts = hostsOf(this.#self.node.reversePeers)
    return hosts.some((host) => host === remote || this.#known.addressesOf(host).has(remote))
  }
}

/** Whether the pattern would admit any host. */
function isCatchAll(slave: SlaveNode): boolean {
  return ['203.0.113.254', 'a-host-of-nobody.invalid'].every((host) => slaveAllows(slave, { host }))
}

function hostsOf(endpoints: readonly Endpoint[]): readonly string[] {
  return endpoints.map(({ host }) => host)
}
