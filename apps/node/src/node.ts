import type { MemberMetadata, MembershipDriver, ProposeOptions, StatePart } from '@ring/gms'
import type { ServerReports, ServiceOperation, ServiceOutcome } from '@ring/merge'
import type { EmbedOptions, Program, RelayCounters } from '@ring/messaging'
import { type Logger, type NodeName, type NodeRole, silent } from '@ring/platform'
import type { TlsSettings } from '@ring/transport'
import { NodeSetupError } from './errors.ts'
import { EventCounts } from './observe/event-counts.ts'
import { type ControlAddress, ControlPort } from './operator/control/control-port.ts'
import type { Applied, NodeStatus } from './operator/node-status.ts'
import type { NodePart, PartMetric } from './parts/node-part.ts'
import type { MembershipCounts } from './running/membership-counts.ts'
import { NodeCore } from './running/node-core.ts'
import type { NodeDiscovery } from './running/node-discovery.ts'
import { NodeMachine } from './running/node-machine.ts'
import { type NodeOptions, type NodeSettings, readSettings } from './setup/node-settings.ts'
import { untilAddress } from './setup/own-address.ts'
import { dialledAsBefore, whatChanges } from './setup/reload.ts'

/** A node that starts with its machine waits for the network so long. */
const networkWaitMsMax = 10_000

/** One node of a ring in this process: its core on this machine's clock, disk and network, with what belongs to the machine. */
export class RingNode {
  /** What it was started with. */
  readonly settings: NodeSettings
  readonly #logger: EventCounts
  readonly #machine: NodeMachine
  readonly #core: NodeCore
  readonly #parts: readonly NodePart[]
  #control: ControlPort | undefined
  #latest: NodeSettings
  #stopped: Promise<void> | undefined

  private constructor(settings: NodeSettings, logger: EventCounts, machine: NodeMachine, parts: readonly NodePart[]) {
    this.settings = settings
    this.#latest = settings
    this.#logger = logger
    this.#machine = machine
    this.#core = new NodeCore(settings, { ...machine.surroundings, parts })
    this.#core.configured(settings.configuration)
    this.#parts = parts
  }

  /**
   * Starts a node. It is listening when this returns, and joins its ring from then on ({@link RingNode.ready}).
   *
   * @throws ConfigurationError, NodeSetupError, NodeRunningError, RingError `RING_PORT_BUSY` and others of the parts
   */
  static async start(options: NodeOptions, log: Logger = silent): Promise<RingNode> {
    const logger = new EventCounts(log)
    const settings = await readSettings({ ...options, untilAddress: () => untilNetwork(logger) })
    for (const warning of settings.warnings) logger.warn({ event: 'config.warning', warning }, 'configuration warning')
    const machine = await NodeMachine.take(settings, logger)
    try {
      const node = new RingNode(settings, logger, machine, options.parts ?? [])
      await machine.prepare()
      await node.#core.start()
      await node.#openControlPort()
      machine.watch(() => node.#core.changed())
      return node
    } catch (error) {
      await machine.release()
      throw error
    }
  }

  async #openControlPort(): Promise<void> {
    const access = (remote: string) => this.#machine.controlAccess(remote)
    this.#control = new ControlPort({ node: this, settings: this.settings, access })
    try {
      await this.#control.start()
    } catch (error) {
      await this.#core.stop()
      throw error
    }
    this.onRuntimeMade(() => void this.#control?.tell().catch(() => undefined))
  }

  get name(): NodeName {
    return this.settings.name
  }

  get role(): NodeRole {
    return this.settings.self.role
  }

  /** Whether this server holds a quorum lease at this very moment (rules M7, L1): to be asked before each thing that needs it. */
  get isPrimary(): boolean {
    return this.#core.isPrimary
  }

  get status(): NodeStatus {
    const { fileVersion, date } = this.#latest.configuration.global
    const { credentials, refusals } = this.#machine
    return {
      ...this.#core.status,
      warnings: [...this.#latest.warnings, ...credentials.problems],
      configuration: { fileVersion, dateMs: date.epochMs, needRestart: this.#needRestart },
      certificates: credentials.certificates,
      keys: credentials.keys.length,
      groupKeys: credentials.keyStatus,
      keyProblems: credentials.keyProblems,
      ...refusals,
    }
  }

  /** The TLS that is in use now; undefined where the ring has none. */
  get tls(): TlsSettings | undefined {
    return this.#machine.credentials.tls
  }

  /** What discovery counts, and the gossip router that this node hosts. */
  get discovery(): Pick<NodeDiscovery, 'refused' | 'router'> {
    return this.#machine.discovery
  }

  /** What happened to the group since the start, as this node saw it. */
  get membershipCounts(): MembershipCounts {
    return this.#core.membershipCounts
  }

  get counters(): RelayCounters {
    return this.#core.counters
  }

  /** Where this node says what happens to it; what is said here is counted with the rest. */
  get logger(): Logger {
    return this.#logger
  }

  /** Whom this server could not dial lately, and who could not dial it. */
  get reach(): MembershipDriver['reach'] {
    return this.#core.reach
  }

  /** Whether what this server votes is stored. */
  get canVote(): boolean {
    return this.#core.canVote
  }

  /** Log events since the start, by name, printed or not. */
  get eventCounts(): Readonly<Record<string, number>> {
    return this.#logger.counts
  }

  get isStopping(): boolean {
    return this.#core.isStopping
  }

  /** Votes, and serves nothing. */
  get isWitness(): boolean {
    return this.settings.witness
  }

  /**
   * Whether a request can be answered: a view, the delivery gate open, nothing in the way, somebody up to ask and linked, or
   * known to be out of reach, and not on the way out. A witness is ready when it votes.
   */
  get isReady(): boolean {
    return this.#core.isReady
  }

  /**
   * Resolves once the node is ready for the first time.
   *
   * @throws NodeStoppedError when it is stopped before that; the signal's reason
   */
  ready(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#core.ready(options)
  }

  /**
   * Called after every change of status, view or attached programs.
   *
   * @returns ends it
   */
  onChange(listener: () => void): () => void {
    return this.#core.onChange(listener)
  }

  /** Called when the runtime directory was removed and has been made anew: whoever has a socket in it opens that again. */
  onRuntimeMade(listener: () => void): () => void {
    return this.#machine.runtimeMade.add(listener)
  }

  /**
   * A program in this process: the same calls as over the socket, without the second hop.
   *
   * @throws WitnessError for a server program at a witness
   */
  embed(options: EmbedOptions): Program {
    return this.#core.embed(options)
  }

  /** What it goes by now: what it was started with, or its configuration as it was read last. */
  get latestSettings(): NodeSettings {
    return this.#latest
  }

  /** The slaves that take the record from this server. */
  get slaves(): readonly NodeName[] {
    return this.#core.slaves
  }

  /** What servers said of themselves last. */
  get reports(): ServerReports | undefined {
    return this.#core.service.reports
  }

  /**
   * Wants something of the lifecycle of servers: what an operator says on the control port.
   *
   * @throws as {@link RingNode.propose} does
   */
  operateService(wanted: ServiceOperation, signal?: AbortSignal): Promise<ServiceOutcome> {
    return this.#core.service.propose(wanted, signal)
  }

  /** Says to the others anew what this node is, and asks what they are (UPDATESTATUS). */
  reportAnew(): void {
    this.#core.service.reportAnew()
  }

  /** How its control port is reached from this machine. */
  get controlAddress(): ControlAddress | undefined {
    return this.#control?.address
  }

  /** What the numbers of its parts are, for `/metrics`. */
  get partMetrics(): readonly PartMetric[] {
    return this.#parts.flatMap(({ metrics }) => metrics ?? [])
  }

  /** What the ring agreed on about a part, as this node has it; undefined where there is nothing that it can read. */
  agreed<Own>(part: StatePart<Own>): Own | undefined {
    return this.#core.agreed(part)
  }

  /**
   * Wants something of a part of the record: it is decided once for its `id`, which each call has one of its own unless it is
   * given. The part `members` is the view: `{do: 'expel', name, bar?}` and `{do: 'admit', name}`.
   *
   * @returns what the part answered, once that can be relied on
   * @throws OperationRefusedError, OperationNoQuorumError, OperationTimeoutError (it says whether it may have happened),
   *   OperationInvalidError, OperationUnsupportedError; the signal's reason
   */
  propose(
    part: string,
    body: unknown,
    { id, ...waiting }: ProposeOptions & { readonly id?: string } = {},
  ): Promise<unknown> {
    return this.#core.propose({ part, body, ...(id !== undefined && { id }) }, waiting)
  }

  /**
   * Says something else of this server from now on, until the configuration is read again; it spreads with the next view.
   *
   * @throws MetadataError when it is more than a view can carry; nothing has changed then
   */
  describe(metadata: MemberMetadata): void {
    this.#core.describe(metadata)
  }

  /** New group keys, for links that open from now on. */
  setKeys(keys: readonly Uint8Array[]): void {
    this.#machine.credentials.setKeys(keys)
  }

  /**
   * Takes over what a running node can of a configuration that was read anew: keys, certificates, host lists, the servers
   * and their addresses, FILEVERSION and DATE. The result names the rest, key by key.
   *
   * @throws NodeSetupError when the configuration makes this node another one; nothing has changed then
   */
  async apply(settings: NodeSettings): Promise<Applied> {
    if (settings.name !== this.name || settings.self.role !== this.role) {
      throw new NodeSetupError(
        `This configuration makes the ${this.role} ${this.name} the ${settings.self.role} ${settings.name}. Stop the node and start it again as that.`,
      )
    }
    const { applied } = whatChanges(this.#latest, settings)
    const { metadata } = settings
    const saysElse = JSON.stringify(metadata) !== JSON.stringify(this.#latest.metadata)
    this.#latest = settings
    this.#machine.follow(settings)
    this.#core.setServers(settings.servers)
    this.#core.configured(settings.configuration)
    if (metadata && saysElse) this.#core.describe(metadata)
    const problems = await this.#machine.credentials.take(settings)
    return { applied, needRestart: this.#needRestart, problems }
  }

  /** Of what was configured since the start; a server that came since has its TLS from when it came. */
  get #needRestart(): readonly string[] {
    const { needRestart } = whatChanges(this.settings, this.#latest)
    return [...new Set([...needRestart, ...dialledAsBefore(this.#machine.targets, this.#latest.targets)])]
  }

  /** Leaves the ring in order: no new requests, running ones end, goodbye to the others, the listener closed last. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  /** Operators can look at it, and at what it waits for, until it has left. */
  async #stop(): Promise<void> {
    await this.#core.stop()
    await this.#control?.stop()
    await this.#machine.release()
  }

  /** The same as {@link RingNode.stop}: `await using node = await startNode(...)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

function untilNetwork(logger: Logger): Promise<void> {
  return untilAddress(networkWaitMsMax, () =>
    logger.warn(
      { event: 'network.waiting', waitMs: networkWaitMsMax },
      'this machine has no address but loopback yet, and this node needs one that others can dial; --host or BIND starts at once',
    ),
  )
}
