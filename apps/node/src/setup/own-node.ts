import {
  type Configuration,
  ownHosts,
  type SelfNode,
  type ServerNode,
  selfNode,
  unlistedServer,
  unlistedSlave,
} from '@ring/config'
import { NodeSetupError } from '../errors.ts'
import { hostNameAtStart, machineNames } from './machine-names.ts'
import { ownAddress, saidAddress } from './own-address.ts'
import { ringSection } from './ring-section.ts'

/** What flags say of which node this is. */
export interface OwnNodeHints {
  readonly ctlPort?: number | undefined
  readonly cuk?: string | undefined
  readonly host?: string | undefined
  /** Where no server is listed: the PORT of this one, and whether it is a slave. */
  readonly port?: number | undefined
  readonly slave?: boolean | undefined
  /** Waits for the network of the machine, where this node's address has to be found on it. */
  readonly untilAddress?: (() => Promise<void>) | undefined
}

/**
 * Which node of the configuration this is; where it lists no server, one of its own making.
 *
 * @throws ConfigurationError, NodeSetupError
 */
export async function ownNode(configuration: Configuration, hints: OwnNodeHints): Promise<SelfNode> {
  if (configuration.servers.length === 0) return unlistedNode(configuration, hints)
  if (hints.slave || hints.port !== undefined) {
    const flag = hints.slave ? '--slave' : '--port'
    throw new NodeSetupError(`This configuration lists its servers and says what this node is. Leave out ${flag}.`)
  }
  const { ctlPort, cuk, host } = hints
  const known = { hostNames: host === undefined ? machineNames() : [host], ctlPort, cuk }
  return selfNode(configuration, { ...known, hostNames: await ownHosts(configuration, known) })
}

/** Every server of the configuration; where it lists none, this one stands for all: they are configured alike. */
export function knownServers(configuration: Configuration, self: SelfNode): readonly ServerNode[] {
  if (configuration.servers.length > 0) return configuration.servers
  if (self.role === 'server') return [self.node]
  return [unlistedServer(configuration, { host: self.name, port: 1, ctlPort: 1 })]
}

/** NAME is `--host`, else the machine's own name, with CTLPORT; it is dialled at `--host`, else at its address. */
async function unlistedNode(configuration: Configuration, hints: OwnNodeHints): Promise<SelfNode> {
  const { global } = configuration
  const ctlPort = hints.ctlPort ?? global.selfCtlPort ?? global.ctlPort
  if (ctlPort === undefined) {
    throw new NodeSetupError(
      'This configuration lists no servers, so this node takes a name of its own, and needs a control port for that: CTLPORT in [GLOBAL], or --ctlport.',
    )
  }
  const cuk = hints.cuk ?? global.selfCuk
  const ring = configuration.section(ringSection)
  if (hints.host === undefined && saidAddress(ring) === undefined) await hints.untilAddress?.()
  const address = hints.host ?? (await ownAddress(ring))
  const host = hints.host ?? machineName(address)
  // CHMPX's own examples have the data port below the control port.
  const port = hints.port ?? global.port ?? Math.max(1, ctlPort - 1)
  const named = unlistedServer(configuration, { host, port, ctlPort, cuk })
  if (hints.slave || global.mode === 'slave') {
    return { role: 'slave', node: unlistedSlave(configuration, { host, port, ctlPort, cuk }), name: named.name }
  }
  return { role: 'server', node: { ...named, host: address }, index: 0, name: named.name }
}

/** What a node is named by stays, whatever address the machine gets later. */
let addressAtStart: string | undefined

/** A machine that nobody named would share its name with others. */
function machineName(address: string): string {
  const name = hostNameAtStart.toLowerCase()
  if (name !== '' && !/^localhost(?:\.|$)/.test(name)) return name
  addressAtStart ??= address
  return addressAtStart
}
