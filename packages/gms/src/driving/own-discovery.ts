import { type Answer, tcpping } from '@ring/discovery'
import type { Address, Incarnation, Logger, Network, NodeName, Peer } from '@ring/platform'
import { encodeControlMessage } from '../control/control-packing.ts'
import type { DiscoveryPurpose } from '../core/effects.ts'
import { DiscoveryRuns } from './discovery-runs.ts'
import type { MembershipDriverOptions } from './membership-driver-options.ts'

/** What discovery needs to know of a membership, and tells it. */
export interface OwnDiscoveryHost {
  readonly logger: Logger
  incarnation(): Incarnation
  servers(): MembershipDriverOptions['servers']
  members(): MembershipDriverOptions['servers']
  /** What this node says when it is asked; nothing where it is not to be found. */
  answer(): Answer | undefined
  nameTaken(remote: string, life: Incarnation): void
  /** Somebody answered at an address: whom discovery reached, membership need not dial again. */
  answered(address: Address, peer: Peer): void
  found(purpose: DiscoveryPurpose, answers: readonly Answer[]): void
}

/** The discovery protocol of a node, over its control network. */
export function beginDiscovery(
  options: MembershipDriverOptions,
  network: Network,
  host: OwnDiscoveryHost,
): DiscoveryRuns {
  const { name, role, address, clock, random, discovery = tcpping() } = options
  const protocol = discovery({
    clock,
    random,
    network: overheard(network, host),
    logger: host.logger,
    self: { name, role, address },
    incarnation: () => host.incarnation(),
    answer: () => host.answer(),
    nameTaken: (remote, life) => host.nameTaken(remote, life),
    send: (to: NodeName, message) => network.send(to, encodeControlMessage(message)),
  })
  return new DiscoveryRuns(protocol, {
    ...{ name, role, clock },
    servers: () => host.servers(),
    members: () => host.members(),
    found: (purpose, answers) => host.found(purpose, answers),
  })
}

function overheard(network: Network, host: OwnDiscoveryHost): Network {
  return {
    learn: (name, address) => network.learn(name, address),
    send: (to, message) => network.send(to, message),
    isLinked: (name) => network.isLinked(name),
    disconnect: (name) => network.disconnect(name),
    beginLife: (incarnation) => network.beginLife(incarnation),
    probe: (address, timeoutMs, done) =>
      network.probe(address, timeoutMs, (outcome) => {
        if (outcome.kind === 'connected') host.answered(address, outcome.peer)
        done(outcome)
      }),
  }
}
