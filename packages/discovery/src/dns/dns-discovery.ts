import { type Address, checkArguments, type Peer, RingError, type Timer } from '@ring/platform'
import type { Answer, DiscoveryMessage } from '../core/answer.ts'
import type { TcppingOptions } from '../core/tcpping/tcpping.ts'
import type { Discovery, DiscoveryProtocol, DiscoveryQuery, DiscoverySurroundings } from '../discovery.ts'
import { dnsRules } from '../discovery-arguments.ts'
import { LinkAsking } from '../tcpping/link-asking.ts'
import { type DnsQuestion, ownAddresses, type ResolveRecords, resolveRecords } from './dns-records.ts'

export interface DnsOptions extends DnsQuestion, TcppingOptions {
  /** How often the name is looked up besides each run, in milliseconds; 30 s when not given. */
  readonly intervalMs?: number
  /** Instead of the system's resolver. */
  readonly resolve?: ResolveRecords
}

/**
 * DNS: asks every address that a name has, over control links (a headless service of Kubernetes, for one).
 *
 * @throws RingError `RING_DNS_PORT` where A or AAAA records are looked up without a port
 * @throws ArgumentError
 */
export function dns(options: DnsOptions): DiscoveryProtocol {
  checkArguments('dns()', options, dnsRules)
  if (options.type !== 'SRV' && options.port === undefined) {
    throw new RingError('RING_DNS_PORT', 'A and AAAA records have no ports: give the PORT of the nodes as `port`.')
  }
  return (surroundings) => new DnsDiscovery(surroundings, options)
}

/** Of a run, how long the name server may take: then what it said before has to do. */
const serverPart = 0.5
const usualIntervalMs = 30_000

class DnsDiscovery implements Discovery {
  readonly #surroundings: DiscoverySurroundings
  readonly #options: DnsOptions
  readonly #asking: LinkAsking
  #known: readonly Address[] = []
  #looking: Promise<void> | undefined
  #interval: Timer | undefined
  #runTimer: Timer | undefined
  #run = 0
  #isWarned = false
  #stopped = false

  constructor(surroundings: DiscoverySurroundings, options: DnsOptions) {
    this.#surroundings = surroundings
    this.#options = options
    this.#asking = new LinkAsking(surroundings, options)
    this.#lookUpLater()
  }

  find(query: DiscoveryQuery, found: (answers: readonly Answer[]) => void): void {
    if (this.#stopped) return
    this.#run += 1
    const run = this.#run
    this.#runTimer?.cancel()
    this.#asking.find(query, true, found)
    this.#asking.candidates(this.#known, false)
    const all = () => {
      if (run !== this.#run || this.#stopped) return
      this.#runTimer?.cancel()
      this.#asking.candidates(this.#known, true)
    }
    this.#runTimer = this.#surroundings.clock.after(query.timeoutMs * serverPart, all)
    void this.#lookUp().then(all)
  }

  onMessage(from: Peer, message: DiscoveryMessage): void {
    this.#asking.onMessage(from, message)
  }

  stop(): void {
    this.#stopped = true
    this.#interval?.cancel()
    this.#runTimer?.cancel()
    this.#asking.stop()
  }

  #lookUpLater(): void {
    const { intervalMs = usualIntervalMs } = this.#options
    this.#interval = this.#surroundings.clock.after(intervalMs, () => {
      void this.#lookUp()
      this.#lookUpLater()
    })
  }

  /** One look-up at a time; what it finds replaces what was known, and a failure changes nothing. */
  #lookUp(): Promise<void> {
    const { resolve = resolveRecords } = this.#options
    this.#looking ??= resolve(this.#options)
      .then((addresses) => this.#take(addresses))
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#looking = undefined
      })
    return this.#looking
  }

  #take(addresses: readonly Address[]): void {
    this.#isWarned = false
    const own = ownAddresses(this.#surroundings.self.address)
    this.#known = addresses.filter((address) => !own.has(address))
  }

  /** Said once until it works again. */
  #failed(error: unknown): void {
    if (this.#isWarned || this.#stopped) return
    this.#isWarned = true
    const { query, type } = this.#options
    this.#surroundings.logger.warn(
      { event: 'dns.failed', query, type, err: error },
      'the name of the ring is not found',
    )
  }
}
