import { type DiscoveryProtocol, GossipRouter, type GossipRouterStatus } from '@ring/discovery'
import type { Logger } from '@ring/platform'
import { discoveryOf } from '../setup/discovery-choice.ts'
import type { NodeSettings } from '../setup/node-settings.ts'
import { listenHosts } from './endpoint-options.ts'

/** How a node finds others and lets itself be found: the chosen protocols, and the gossip router that it may host. */
export class NodeDiscovery {
  readonly protocol: DiscoveryProtocol
  readonly #refused = new Map<string, number>()
  readonly #router: GossipRouter | undefined

  /** @param keys the group keys that are valid at the moment of the call */
  constructor({ discovery, ring, self }: NodeSettings, keys: () => readonly Uint8Array[], logger: Logger) {
    this.protocol = discoveryOf(discovery, {
      keys,
      onRefused: (reason) => this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1),
    })
    const { routerPort: port } = ring
    const hosts = listenHosts({ ring, self })
    // A slave that binds nowhere serves its own machine.
    if (port !== undefined) this.#router = new GossipRouter({ port, logger, ...(hosts.length > 0 && { hosts }) })
  }

  /** Datagrams that were not taken, by reason. */
  get refused(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#refused)
  }

  /** Of the router in this node; `undefined` where it hosts none. */
  get router(): GossipRouterStatus | undefined {
    return this.#router?.status
  }

  /**
   * To be called before the node looks around: it may be the router that it asks.
   *
   * @throws RingError `RING_PORT_BUSY`, `RING_LISTEN_FAILED`
   */
  async start(): Promise<void> {
    await this.#router?.start()
  }

  stop(): void {
    this.#router?.stop()
  }
}
