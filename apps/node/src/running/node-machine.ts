import type { Access } from '@ring/control-protocol'
import { type DataPlane, listenForPrograms, type ProgramDoor } from '@ring/messaging'
import { type Incarnation, Listeners } from '@ring/platform'
import { type DialTarget, NodeEndpoint, systemClock, systemRandom } from '@ring/transport'
import { Credentials } from '../access/credentials.ts'
import { HostAccess } from '../access/host-access.ts'
import type { EventCounts } from '../observe/event-counts.ts'
import { isOpenTo, type NodeSettings } from '../setup/node-settings.ts'
import { targetsUntilRestart } from '../setup/reload.ts'
import { dataDialer } from './data-dialer.ts'
import { endpointOptions } from './endpoint-options.ts'
import { NodeDiscovery } from './node-discovery.ts'
import type { NetworkOwner, NodeNetwork, NodeSurroundings, ProgramEntrance } from './node-surroundings.ts'
import { RuntimeDirectory } from './runtime-directory.ts'
import { StateDirectory } from './state-directory.ts'

/** What of a node belongs to its machine: sockets, files, credentials, who may connect. */
export class NodeMachine {
  readonly credentials: Credentials
  readonly discovery: NodeDiscovery
  /** The runtime directory was made anew. */
  readonly runtimeMade: Listeners
  readonly #settings: NodeSettings
  readonly #logger: EventCounts
  readonly #access: HostAccess
  readonly #runtime: RuntimeDirectory
  readonly #state: StateDirectory | undefined
  #latest: NodeSettings
  #targets: readonly DialTarget[]
  #endpoint!: NodeEndpoint
  #door: ProgramDoor | undefined

  private constructor(
    settings: NodeSettings,
    parts: {
      logger: EventCounts
      runtime: RuntimeDirectory
      state: StateDirectory | undefined
      credentials: Credentials
    },
  ) {
    const { logger, runtime, state, credentials } = parts
    this.#settings = settings
    this.#latest = settings
    this.#targets = settings.targets
    this.#logger = logger
    this.#runtime = runtime
    this.#state = state
    this.credentials = credentials
    this.runtimeMade = new Listeners('onRuntimeMade()', 'runtime', logger)
    this.#access = new HostAccess(settings.configuration, settings.self)
    this.discovery = new NodeDiscovery(settings, () => credentials.keys, logger)
  }

  /**
   * Reads the credentials, and takes the runtime directory and the state directory.
   *
   * @throws NodeSetupError, NodeRunningError
   */
  static async take(settings: NodeSettings, logger: EventCounts): Promise<NodeMachine> {
    const credentials = await Credentials.read(settings, logger)
    const runtime = await RuntimeDirectory.take(settings.runtimeDirectory)
    try {
      const { stateDirectory } = settings
      const state = stateDirectory === undefined ? undefined : await StateDirectory.take(stateDirectory)
      return new NodeMachine(settings, { logger, runtime, state, credentials })
    } catch (error) {
      await runtime.release()
      throw error
    }
  }

  get surroundings(): NodeSurroundings {
    return {
      ...{
        clock: systemClock,
        random: systemRandom,
        disk: this.#state?.disk,
        logger: this.#logger,
        discovery: this.discovery,
      },
      network: (life, owner) => this.#network(life, owner),
      openTo: (plane) => this.#openTo(plane),
    }
  }

  /** Everything this node may dial. */
  get targets(): readonly DialTarget[] {
    return this.#targets
  }

  /** Connections that did not become links, and dials that somebody answered who did not let this node in; by reason. */
  get refusals(): { readonly refusedPeers: NodeEndpoint['refused']; readonly rejectedDials: NodeEndpoint['rejected'] } {
    return { refusedPeers: this.#endpoint.refused, rejectedDials: this.#endpoint.rejected }
  }

  /** What a host may do on the control port, whether keys decide about links or not. */
  controlAccess(remote: string): Access | Promise<Access> {
    return this.#access.controlAccess(remote, this.#latest.ring.ctlAccess)
  }

  /** Comes before the node listens: it knows then whom it lets in. */
  prepare(): Promise<void> {
    return this.#access.start(this.#isOpen)
  }

  /** The node runs: from now on changes of its files and of its runtime directory are followed. */
  watch(changed: () => void): void {
    this.credentials.start({ endpoint: this.#endpoint, changed })
    this.#runtime.watch({
      ...{ logger: this.#logger, changed },
      reopen: async () => {
        await this.#door?.listenAgain()
        this.runtimeMade.tell()
      },
    })
  }

  /** Whom a configuration that was read anew names and lets in; its keys and certificates are the credentials' to take. */
  follow(settings: NodeSettings): void {
    this.#latest = settings
    this.#access.setConfiguration(settings.configuration, settings.self)
    this.#targets = targetsUntilRestart(this.#targets, settings.targets)
    this.#endpoint.setTargets(this.#targets)
  }

  async release(): Promise<void> {
    this.credentials.stop()
    this.#access.stop()
    await this.#state?.release()
    await this.#runtime.release()
  }

  /** Whether the lists of hosts decide who may come, since no key does. */
  readonly #isOpen = (): boolean =>
    this.#settings.ring.auth !== 'open' && isOpenTo(this.#settings.self, this.#latest.self, this.credentials.keys)

  #network(incarnation: Incarnation, owner: NetworkOwner): NodeNetwork {
    const { credentials } = this
    const [access, logger, isOpen] = [this.#access, this.#logger, this.#isOpen]
    const options = endpointOptions(this.#settings, { incarnation, owner, credentials, access, logger, isOpen })
    const endpoint = new NodeEndpoint(options, owner)
    this.#endpoint = endpoint
    return {
      ...{ control: endpoint, dialer: dataDialer(endpoint) },
      start: () => endpoint.start(),
      stop: () => endpoint.stop(),
    }
  }

  async #openTo(plane: DataPlane): Promise<ProgramEntrance> {
    const { runtimeDirectory, name, configuration } = this.#settings
    const { group } = configuration.global
    const door = await listenForPrograms(plane, { runtimeDirectory, group, name, logger: this.#logger })
    this.#door = door
    const runtime = this.#runtime
    return {
      get isThere() {
        return runtime.isThere
      },
      close: () => door.close(),
    }
  }
}
