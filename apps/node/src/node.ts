import { beginLife, type GroupStatus, type MemberMetadata, MembershipDriver, timingOf } from '@ring/gms'
import { createMessaging, type EmbedOptions, type Messaging, type Program, type RelayCounters } from '@ring/messaging'
import {
  DeliveryGate,
  Listeners,
  type Logger,
  type NodeName,
  type NodeRole,
  PauseWatch,
  type Peer,
  silent,
} from '@ring/platform'
import { type DialTarget, FileDisk, NodeEndpoint, systemClock, systemRandom, type TlsSettings } from '@ring/transport'
import { Credentials } from './credentials.ts'
import { dataDialer } from './data-dialer.ts'
import { endpointOptions } from './endpoint-options.ts'
import { NodeSetupError, NodeStoppedError, WitnessError } from './errors.ts'
import { EventCounts } from './event-counts.ts'
import { FollowedGroup } from './followed-group.ts'
import { HostAccess } from './host-access.ts'
import type { MembershipCounts } from './membership-counts.ts'
import { membershipOptions } from './membership-options.ts'
import { NodeDiscovery } from './node-discovery.ts'
import { isOpenTo, type NodeOptions, type NodeSettings, readSettings } from './node-settings.ts'
import type { Applied, NodeStatus } from './node-status.ts'
import { untilAddress } from './own-address.ts'
import { dialledAsBefore, targetsUntilRestart, whatChanges } from './reload.ts'
import { RuntimeDirectory } from './runtime-directory.ts'

const noDrain = 0
/** A stand-still from here on is taken for a pause. */
const pauseMinMs = 400
/** A node that starts with its machine waits for the network so long. */
const networkWaitMsMax = 10_000

/** One node of a ring in this process: the packages wired together, and what belongs to the machine. */
export class RingNode {
  /** What it was started with. */
  readonly settings: NodeSettings
  readonly #logger: EventCounts
  readonly #credentials: Credentials
  readonly #access: HostAccess
  readonly #runtime: RuntimeDirectory
  readonly #disk: FileDisk | undefined
  readonly #pauseWatch: PauseWatch
  readonly #listeners: Listeners
  readonly #runtimeListeners: Listeners
  #latest: NodeSettings
  #targets: readonly DialTarget[]
  #endpoint!: NodeEndpoint
  #membership!: MembershipDriver
  #messaging!: Messaging
  #discovery!: NodeDiscovery
  #group!: FollowedGroup
  #gate!: DeliveryGate
  #state: 'starting' | 'running' | 'stopping' | 'stopped' = 'starting'
  /** The one end of this node, whoever asked for it first. */
  #stopped: Promise<void> | undefined

  private constructor(
    settings: NodeSettings,
    parts: { logger: EventCounts; runtime: RuntimeDirectory; disk: FileDisk | undefined; credentials: Credentials },
  ) {
    this.settings = settings
    this.#latest = settings
    this.#targets = settings.targets
    this.#logger = parts.logger
    this.#listeners = new Listeners('onChange()', 'change', parts.logger)
    this.#runtimeListeners = new Listeners('onRuntimeMade()', 'runtime', parts.logger)
    this.#credentials = parts.credentials
    this.#runtime = parts.runtime
    this.#disk = parts.disk
    this.#access = new HostAccess(settings.configuration, settings.self)
    const { detectMs } = timingOf(settings.ring.detect)
    this.#pauseWatch = new PauseWatch(systemClock, { gapMinMs: pauseMinMs, windowMs: detectMs })
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
    const credentials = await Credentials.read(settings, logger)
    const runtime = await RuntimeDirectory.take(settings.runtimeDirectory)
    let node: RingNode | undefined
    try {
      const disk = settings.stateDirectory === undefined ? undefined : await FileDisk.open(settings.stateDirectory)
      node = new RingNode(settings, { logger, runtime, disk, credentials })
      await node.#open()
      return node
    } catch (error) {
      if (node) node.#access.stop()
      await runtime.release()
      throw error
    }
  }

  get name(): NodeName {
    return this.settings.name
  }

  get role(): NodeRole {
    return this.settings.self.role
  }

  /** Whether this server holds a quorum lease at this very moment (rules M7, L1): to be asked before each thing that needs it. */
  get isPrimary(): boolean {
    return this.#membership.isPrimary
  }

  get status(): NodeStatus {
    const { name, role } = this
    const { status, record, incarnation } = this.#membership
    // A process that just woke may not have heard yet that its lease has ended.
    const isOver = status.phase === 'member' && status.primary && !this.isPrimary
    const group = isOver ? ({ ...status, primary: false, nonPrimary: false } as const) : status
    const { programs } = this.#messaging
    const { fileVersion, date } = this.#latest.configuration.global
    return {
      ...{ name, role, incarnation, group, record, programs, ready: this.isReady, witness: this.isWitness },
      delivery: this.#gate.state,
      warnings: [...this.#latest.warnings, ...this.#credentials.problems],
      configuration: { fileVersion, dateMs: date.epochMs, needRestart: this.#needRestart },
      certificates: this.#credentials.certificates,
      keys: this.#credentials.keys.length,
      groupKeys: this.#credentials.keyStatus,
      keyProblems: this.#credentials.keyProblems,
      refusedPeers: this.#endpoint.refused,
      rejectedDials: this.#endpoint.rejected,
    }
  }

  /** The TLS that is in use now; undefined where the ring has none. */
  get tls(): TlsSettings | undefined {
    return this.#credentials.tls
  }

  /** What discovery counts, and the gossip router that this node hosts. */
  get discovery(): Pick<NodeDiscovery, 'refused' | 'router'> {
    return this.#discovery
  }

  /** What happened to the group since the start, as this node saw it. */
  get membershipCounts(): MembershipCounts {
    return this.#group.counts
  }

  get counters(): RelayCounters {
    return this.#messaging.counters
  }

  /** Where this node says what happens to it; what is said here is counted with the rest. */
  get logger(): Logger {
    return this.#logger
  }

  /** Whom this server could not dial lately, and who could not dial it. */
  get reach(): MembershipDriver['reach'] {
    return this.#membership.reach
  }

  /** Whether what this server votes is stored. */
  get canVote(): boolean {
    return this.#membership.canVote
  }

  /** Log events since the start, by name, printed or not. */
  get eventCounts(): Readonly<Record<string, number>> {
    return this.#logger.counts
  }

  get isStopping(): boolean {
    return this.#state === 'stopping' || this.#state === 'stopped'
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
    const canAsk = this.isWitness || (this.#group.hasServers && this.#messaging.hasBeenLinked)
    const isOpen = this.#gate.isOpen && this.#runtime.isThere
    return this.#state === 'running' && isOpen && isServing(this.#membership.status) && canAsk
  }

  /**
   * Resolves once the node is ready for the first time.
   *
   * @throws NodeStoppedError when it is stopped before that; the signal's reason
   */
  async ready(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options
    let look = () => {}
    let off = () => {}
    try {
      await new Promise<void>((resolve, reject) => {
        look = () => {
          if (this.isReady) resolve()
          else if (signal?.aborted) reject(signal.reason as Error)
          else if (this.isStopping) reject(new NodeStoppedError(this.name))
        }
        signal?.addEventListener('abort', look)
        off = this.#listeners.add(look)
        look()
      })
    } finally {
      signal?.removeEventListener('abort', look)
      off()
    }
  }

  /**
   * Called after every change of status, view or attached programs.
   *
   * @returns ends it
   */
  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  /** Called when the runtime directory was removed and has been made anew: whoever has a socket in it opens that again. */
  onRuntimeMade(listener: () => void): () => void {
    return this.#runtimeListeners.add(listener)
  }

  /**
   * A program in this process: the same calls as over the socket, without the second hop.
   *
   * @throws WitnessError for a server program at a witness
   */
  embed(options: EmbedOptions): Program {
    if (this.isWitness && options.role === 'server') throw new WitnessError(this.name)
    return this.#messaging.embed(options)
  }

  /**
   * Says something else of this server from now on, until the configuration is read again; it spreads with the next view.
   *
   * @throws MetadataError when it is more than a view can carry; nothing has changed then
   */
  describe(metadata: MemberMetadata): void {
    this.#membership.describe(metadata)
  }

  /** New group keys, for links that open from now on. */
  setKeys(keys: readonly Uint8Array[]): void {
    this.#credentials.setKeys(keys)
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
    this.#access.setConfiguration(settings.configuration, settings.self)
    this.#targets = targetsUntilRestart(this.#targets, settings.targets)
    this.#endpoint.setTargets(this.#targets)
    this.#membership.setServers(settings.servers)
    if (metadata && saysElse) this.#membership.describe(metadata)
    const problems = await this.#credentials.take(settings)
    return { applied, needRestart: this.#needRestart, problems }
  }

  /** Of what was configured since the start; a server that came since has its TLS from when it came. */
  get #needRestart(): readonly string[] {
    const { needRestart } = whatChanges(this.settings, this.#latest)
    return [...new Set([...needRestart, ...dialledAsBefore(this.#targets, this.#latest.targets)])]
  }

  /** Leaves the ring in order: no new requests, running ones end, goodbye to the others, the listener closed last. */
  stop(): Promise<void> {
    this.#stopped ??= this.isStopping ? Promise.resolve() : this.#leave()
    return this.#stopped
  }

  async #leave(): Promise<void> {
    this.#state = 'stopping'
    this.#changed()
    this.#messaging.announceLeave()
    await new Promise<void>((resolve) => this.#membership.leave(resolve))
    await this.#messaging.stop()
    await this.#close()
  }

  /** The same as {@link RingNode.stop}: `await using node = await startNode(...)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #open(): Promise<void> {
    const { configuration, ring, self, name } = this.settings
    const incarnation = await beginLife(this.#disk, systemClock.wallMs(), systemRandom)
    const isOpen = () => ring.auth !== 'open' && isOpenTo(this.settings.self, this.#latest.self, this.#credentials.keys)
    await this.#access.start(isOpen)
    const logger = this.#logger
    this.#discovery = new NodeDiscovery(this.settings, () => this.#credentials.keys, logger)
    const discovery = this.#discovery.protocol
    this.#gate = new DeliveryGate(incarnation)
    this.#watchGate()
    this.#group = this.#followedGroup()
    this.#membership = new MembershipDriver(
      membershipOptions(this.settings, { incarnation, discovery, disk: this.#disk, logger }),
      this.#group,
    )
    this.#endpoint = new NodeEndpoint(
      endpointOptions(this.settings, {
        ...{ incarnation, isOpen, logger },
        credentials: this.#credentials,
        access: this.#access,
        messaging: () => this.#messaging,
        lifeRefusal: (peer) => this.#refusalOf(peer),
        nameTaken: (remote, life) => this.#membership.nameTaken(remote, life),
      }),
      {
        onMessage: (peer, message) => {
          this.#pauseWatch.check()
          this.#membership.onMessage(peer, message)
        },
        onLinkUp: (peer) => this.#membership.onLinkUp(peer),
        onLinkDown: (peer, end) => {
          this.#pauseWatch.check()
          this.#membership.onLinkDown(peer, end)
        },
      },
    )
    // Before messaging: the gate is closed when it takes what waited.
    this.#pauseWatch.onResumed((gapMs, awayMs) => {
      const times = { gapMs: Math.round(gapMs), awayMs: Math.round(awayMs) }
      this.#logger.warn({ event: 'pause.resumed', ...times }, 'the process was not running')
      this.#membership.resumed(gapMs, awayMs)
    })
    this.#messaging = await createMessaging({
      group: configuration.global.group,
      name,
      incarnation,
      role: self.role,
      witness: this.settings.witness,
      runtimeDirectory: this.settings.runtimeDirectory,
      clock: systemClock,
      random: systemRandom,
      dialer: dataDialer(this.#endpoint),
      logger,
      pauseWatch: this.#pauseWatch,
      pauseMs: timingOf(ring.detect).detectMs / 2,
      detectMs: timingOf(ring.detect).detectMs,
      gate: this.#gate,
    })
    await this.#run()
  }

  #watchGate(): void {
    this.#gate.onChange(() => {
      const { state } = this.#gate
      this.#logger.info({ event: 'delivery.changed', state }, 'what may pass to programs has changed')
    })
  }

  #watchRuntime(): void {
    this.#runtime.watch({
      logger: this.#logger,
      reopen: async () => {
        await this.#messaging.listenAgain()
        this.#runtimeListeners.tell()
      },
      changed: () => this.#changed(),
    })
  }

  #followedGroup(): FollowedGroup {
    return new FollowedGroup({
      ...{ name: this.name, logger: this.#logger, disk: this.#disk, gate: this.#gate },
      membership: () => this.#membership,
      messaging: () => this.#messaging,
      changed: () => this.#changed(),
    })
  }

  async #run(): Promise<void> {
    try {
      await this.#endpoint.start()
      await this.#discovery.start()
      this.#credentials.start({ endpoint: this.#endpoint, changed: () => this.#changed() })
      this.#messaging.onProgramsChanged(() => this.#changed())
      this.#messaging.onLinked(() => this.#changed())
      this.#pauseWatch.start()
      await new Promise<void>((resolve, reject) =>
        this.#membership.start(this.#endpoint, (error) => (error ? reject(error) : resolve())),
      )
      this.#state = 'running'
      this.#watchRuntime()
      this.#changed()
    } catch (error) {
      await this.#messaging.stop({ drainMs: noDrain })
      await this.#close()
      throw error
    }
  }

  async #close(): Promise<void> {
    this.#membership.stop()
    this.#discovery.stop()
    this.#credentials.stop()
    this.#access.stop()
    this.#pauseWatch.stop()
    this.#endpoint.stop()
    await this.#runtime.release()
    this.#state = 'stopped'
    this.#changed()
  }

  #refusalOf({ name, incarnation }: Peer) {
    const member = this.#membership.record?.view.members.find((one) => one.name === name)
    if (!member || member.incarnation <= incarnation) return undefined
    return { code: 'older-life' as const, text: 'a later life of this node is in the view', known: member.incarnation }
  }

  #changed(): void {
    this.#listeners.tell()
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

/** A member that cannot vote, or that nobody else can dial, is better not asked. */
function isServing(status: GroupStatus): boolean {
  return status.phase === 'member' && status.obstacle === undefined
}
