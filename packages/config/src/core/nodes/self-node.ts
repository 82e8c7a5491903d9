import type { Configuration } from '../configuration.ts'
import { ConfigurationError } from '../error.ts'
import type { Issue } from '../issue.ts'
import { hostAndPort, type ServerNode, type SlaveNode, slaveAllows } from './nodes.ts'

/** What is known about the machine and from flags. */
export interface SelfHints {
  /** From a flag; before SELFCTLPORT. */
  readonly ctlPort?: number | undefined
  /** From a flag; before SELFCUK. */
  readonly cuk?: string | undefined
  /** Every name and address of this machine, the preferred one first, loopback ones too. */
  readonly hostNames: readonly string[]
}

/** Which node of the configuration this process is. `index` counts in `configuration.servers`. */
export type SelfNode =
  | { readonly role: 'server'; readonly node: ServerNode; readonly index: number; readonly name: string }
  | { readonly role: 'slave'; readonly node: SlaveNode; readonly name: string }

function fail(configuration: Configuration, rule: string): never {
  const { source } = configuration
  const issue: Issue = { file: source.kind === 'file' ? source.path : 'JSON string', rule, severity: 'error' }
  throw new ConfigurationError([issue])
}

const isLoopback = (host: string) => /^(?:localhost|127\..*|::1)$/i.test(host)

/**
 * Finds out which node this process is: the server whose NAME is a name of this machine and whose CTLPORT (and CUK)
 * are the given ones, else the slave entry that admits this machine.
 *
 * @throws ConfigurationError when nothing fits, when two servers fit, or when MODE says otherwise
 */
export function selfNode(configuration: Configuration, hints: SelfHints): SelfNode {
  const { global } = configuration
  const wanted = wantedBy(configuration, hints)
  const server = selfServer(configuration, wanted)
  if (server !== undefined) return server
  const described = describe(wanted)
  if (global.mode === 'server') fail(configuration, `MODE is server, but no [SVRNODE] is this node (${described})`)
  const slave = selfSlave(configuration, wanted)
  return (
    slave ?? fail(configuration, `no [SVRNODE] and no [SLVNODE] is this node (${described}); name it in one of them`)
  )
}

/** Flags stand before what the configuration says of itself. */
function wantedBy({ global }: Configuration, { ctlPort, cuk, hostNames }: SelfHints): SelfHints {
  return { ctlPort: ctlPort ?? global.selfCtlPort, cuk: cuk ?? global.selfCuk, hostNames }
}

const fits = (node: ServerNode, { ctlPort, cuk }: SelfHints) =>
  (ctlPort === undefined || node.ctlPort === ctlPort) && (cuk === undefined || node.cuk === cuk)

/** Whether this server may be this process, its host left aside. */
export const isServerOf = (configuration: Configuration, node: ServerNode, hints: SelfHints): boolean =>
  fits(node, wantedBy(configuration, hints))

function describe({ ctlPort, cuk, hostNames }: SelfHints): string {
  const identity = [`CTLPORT ${ctlPort ?? 'not given'}`, ...(cuk === undefined ? [] : [`CUK ${cuk}`])]
  return `${identity.join(', ')}, hosts ${hostNames.join(', ')}`
}

function selfServer(configuration: Configuration, hints: SelfHints): SelfNode | undefined {
  const { mode } = configuration.global
  // Without a port or key nothing says that a server of this host is meant rather than a slave beside it.
  const vague = hints.ctlPort === undefined && hints.cuk === undefined
  if (mode === 'slave' && vague) return undefined
  const hosts = new Set(hints.hostNames.map((host) => host.toLowerCase()))
  const found = configuration.servers.filter((node) => hosts.has(node.host.toLowerCase()) && fits(node, hints))
  const [node, other] = found
  if (node === undefined) return undefined
  if (other !== undefined) {
    fail(configuration, `this node may be ${node.name} or ${other.name}; say which with its control port or CUK`)
  }
  if (mode === 'slave')
    fail(configuration, `MODE is slave, but this node is the server ${node.name}; correct one of them`)
  return { role: 'server', node, index: configuration.servers.indexOf(node), name: node.name }
}

function selfSlave(configuration: Configuration, hints: SelfHints): SelfNode | undefined {
  const outside = hints.hostNames.filter((host) => !isLoopback(host))
  // A loopback name would be that of every machine: it is taken only when the entry admits no other.
  for (const host of [...outside, ...hints.hostNames]) {
    for (const node of configuration.slaves) {
      if (!slaveAllows(node, { host, ctlPort: hints.ctlPort, cuk: hints.cuk })) continue
      const byKey = configuration.global.chmpxIdType === 'CUK' ? hints.cuk : undefined
      const ctlPort = hints.ctlPort ?? node.ctlPort
      const name = byKey ?? (ctlPort === undefined ? undefined : hostAndPort(host, ctlPort))
      if (name === undefined) fail(configuration, 'the slave needs a CTLPORT, in its section, in [GLOBAL] or as a flag')
      return { role: 'slave', node, name }
    }
  }
  return undefined
}
