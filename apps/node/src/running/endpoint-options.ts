import { timingOf } from '@ring/gms'
import { maxDataFrameBytes } from '@ring/messaging'
import type { Incarnation, Logger } from '@ring/platform'
import type { NodeEndpointOptions } from '@ring/transport'
import type { Credentials } from '../access/credentials.ts'
import type { HostAccess } from '../access/host-access.ts'
import type { NodeSettings } from '../setup/node-settings.ts'
import { agreedWith } from './data-dialer.ts'
import type { NetworkOwner } from './node-surroundings.ts'

/** What the node's listener and dials need of a node that was set up. */
export interface EndpointParts {
  readonly incarnation: Incarnation
  readonly credentials: Credentials
  readonly access: HostAccess
  /** Whether the lists of hosts decide who may come, since no key does. */
  readonly isOpen: () => boolean
  readonly logger: Logger
  readonly owner: NetworkOwner
}

/** The addresses that a node listens on, as BIND or its NAME say. */
export function listenHosts({ ring, self }: Pick<NodeSettings, 'ring' | 'self'>): readonly string[] {
  return ring.bind.length > 0 || self.role === 'slave' ? ring.bind : [self.node.host]
}

/** Where a node listens, whom it lets in, and where its data links go. */
export function endpointOptions(settings: NodeSettings, parts: EndpointParts): NodeEndpointOptions {
  const { configuration, self, name, targets } = settings
  const { incarnation, credentials, access, isOpen, logger, owner } = parts
  const hosts = listenHosts(settings)
  return {
    ...{ group: configuration.global.group, name, role: self.role, incarnation, targets, logger },
    keys: credentials.keys,
    ...(credentials.tls && { tls: credentials.tls }),
    ...(self.role === 'server' && { listen: { hosts, port: self.node.port } }),
    onNameTaken: (remote, life) => owner.nameTaken(remote, life),
    allows: (remote) => !isOpen() || access.mayConnect(remote),
    onDataLink: (peer, link) =>
      link.handOver(owner.onDataLink(peer, link, agreedWith(peer)), {
        maxFrameBytes: maxDataFrameBytes,
        oneByOne: false,
      }),
    ...{ pings: true, services: true, credit: true },
    detectMs: timingOf(settings.ring.detect).detectMs,
    refusalOf: (peer, kind, remote) => {
      const objection = isOpen() ? access.objection(peer, remote) : undefined
      if (objection !== undefined) return { code: 'not-allowed', text: objection }
      return kind === 'data' ? owner.lifeRefusal(peer) : undefined
    },
  }
}
