import { type Address, checkArguments, type Peer } from '@ring/platform'
import type { Answer, DiscoveryMessage } from '../core/answer.ts'
import type { TcppingOptions } from '../core/tcpping/tcpping.ts'
import type { Discovery, DiscoveryProtocol, DiscoveryQuery, DiscoverySurroundings } from '../discovery.ts'
import { tcppingRules } from '../discovery-arguments.ts'
import { LinkAsking } from './link-asking.ts'

export interface TcppingProtocolOptions extends TcppingOptions {
  /** Addresses to ask besides those of the query. Host names are looked up anew at each dial. */
  readonly hosts?: readonly Address[]
}

/**
 * TCPPING: asks every address of the query and of `hosts`, over control links, and members that it heard of.
 *
 * @throws ArgumentError
 */
export function tcpping(options: TcppingProtocolOptions = {}): DiscoveryProtocol {
  checkArguments('tcpping()', options, tcppingRules)
  return (surroundings) => new TcppingDiscovery(surroundings, options)
}

/** TCPPING on a network. */
export class TcppingDiscovery implements Discovery {
  readonly #asking: LinkAsking
  readonly #hosts: readonly Address[]

  constructor(surroundings: DiscoverySurroundings, { hosts = [], ...options }: TcppingProtocolOptions = {}) {
    this.#asking = new LinkAsking(surroundings, options)
    this.#hosts = hosts
  }

  find(query: DiscoveryQuery, found: (answers: readonly Answer[]) => void): void {
    this.#asking.find({ ...query, addresses: [...query.addresses, ...this.#hosts] }, false, found)
  }

  onMessage(from: Peer, message: DiscoveryMessage): void {
    this.#asking.onMessage(from, message)
  }

  stop(): void {
    this.#asking.stop()
  }
}
