import type { Configuration } from '@ring/config'
import {
  beginLife,
  type GroupStatus,
  type MemberMetadata,
  MembershipDriver,
  ownOf,
  type ProposeOptions,
  propose,
  type StatePart,
  timingOf,
  type WantedOperation,
} from '@ring/gms'
import { createDataPlane, type DataPlane, type EmbedOptions, type Program, type RelayCounters } from '@ring/messaging'
import { type DeliveryGate, type Incarnation, Listeners, type NodeName, PauseWatch, type Peer } from '@ring/platform'
import type { Refusal } from '@ring/transport'
import { NodeStoppedError, WitnessError } from '../errors.ts'
import type { NodeStatus } from '../operator/node-status.ts'
import { NodeParts } from '../parts/node-parts.ts'
import { partHost } from '../parts/part-host.ts'
import { serviceSettingsOf } from '../parts/placement-settings.ts'
import { ServicePart, type ServicePartHost } from '../parts/service-part.ts'
import type { CoreSettings } from './core-settings.ts'
import { FollowedGroup } from './followed-group.ts'
import type { MembershipCounts } from './membership-counts.ts'
import { membershipOptions } from './membership-options.ts'
import { allRules, type NodeRules } from './node-rules.ts'
import type { NetworkOwner, NodeNetwork, NodeSurroundings, ProgramEntrance } from './node-surroundings.ts'

const noDrain = 0
/** A stand-still from here on is taken for a pause. */
const pauseMinMs = 400

/** What of a node's status does not belong to its machine. */
export type CoreStatus = Pick<
  NodeStatus,
  'name' | 'role' | 'incarnation' | 'group' | 'record' | 'programs' | 'ready' | 'witness' | 'delivery'
>

/** What a node has from its first life on. */
interface Running {
  readonly membership: MembershipDriver
  readonly messaging: DataPlane
  readonly group: FollowedGroup
  readonly gate: DeliveryGate
  readonly network: NodeNetwork
}

/**
 * A node without its machine: membership, messaging, and what holds them together (who may deliver, pauses, lives, the order
 * in which all of it starts and stops). It runs in `ring-node` and, as it is, in the simulator.
 */
export class NodeCore {
  readonly #settings: CoreSettings
  readonly #around: NodeSurroundings
  readonly #rules: NodeRules
  readonly #pauseWatch: PauseWatch
  readonly #listeners: Listeners
  readonly #parts: NodeParts
  /** The lifecycle of this server, and the data that moves by it. */
  readonly #service: ServicePart
  #running: Running | undefined
  #entrance: ProgramEntrance | undefined
  #state: 'starting' | 'running' | 'stopping' | 'stopped' = 'starting'
  /** The one end of this node, whoever asked for it first. */
  #stopped: Promise<void> | undefined

  /** @param rules only a simulation takes one out */
  constructor(settings: CoreSettings, around: NodeSurroundings, rules: NodeRules = allRules) {
    this.#settings = settings
    this.#around = around
    this.#rules = rules
    this.#listeners = new Listeners('onChange()', 'change', around.logger)
    this.#service = new ServicePart(this.#servicePartHost())
    this.#parts = new NodeParts([this.#service, ...(around.parts ?? [])], around.logger)
    const windowMs = rules.stopsAddUp ? this.#detectMs : Number.POSITIVE_INFINITY
    this.#pauseWatch = new PauseWatch(around.clock, { gapMinMs: pauseMinMs, windowMs })
  }

  /**
   * It is listening when this returns, and joins its ring from then on ({@link NodeCore.ready}).
   *
   * @throws what its disk, its network, its entrance or a part throws; it has stopped then
   */
  async start(): Promise<void> {
    const { disk, clock, random } = this.#around
    const life = await beginLife(disk, clock.wallMs(), random)
    const running = this.#wire(life)
    this.#running = running
    try {
      this.#entrance = await this.#around.openTo(running.messaging)
      await this.#run(running)
    } catch (error) {
      await running.messaging.stop({ drainMs: noDrain })
      await this.#close(running)
      throw error
    }
  }

  get status(): CoreStatus {
    const { membership, messaging, gate } = this.#life
    const { status, record, incarnation } = membership
    const { name, self, witness } = this.#settings
    // A process that just woke may not have heard yet that its lease has ended.
    const isOver = status.phase === 'member' && status.primary && !this.isPrimary
    const group = isOver ? ({ ...status, primary: false, nonPrimary: false } as const) : status
    const { programs } = messaging
    return {
      ...{ name, role: self.role, incarnation, group, record, programs, witness },
      ...{ ready: this.isReady, delivery: gate.state },
    }
  }

  /** Whether this server holds a quorum lease at this very moment (rules M7, L1): to be asked before each thing that needs it. */
  get isPrimary(): boolean {
    return this.#life.membership.isPrimary
  }

  /**
   * Whether a request can be answered: a view, the delivery gate open, nothing in the way, somebody up to ask and linked, or
   * known to be out of reach, and not on the way out. A witness is ready when it votes.
   */
  get isReady(): boolean {
    const { membership, messaging, group, gate } = this.#life
    const canAsk = this.#settings.witness || (group.hasServers && messaging.hasBeenLinked)
    const isOpen = gate.isOpen && this.#entrance?.isThere === true
    return this.#state === 'running' && isOpen && isServing(membership.status) && canAsk
  }

  get isStopping(): boolean {
    return this.#state === 'stopping' || this.#state === 'stopped'
  }

  /** What happened to the group since the start, as this node saw it. */
  get membershipCounts(): MembershipCounts {
    return this.#life.group.counts
  }

  get counters(): RelayCounters {
    return this.#life.messaging.counters
  }

  /** Nothing is out here, in no direction, and nothing waits. */
  get isIdle(): boolean {
    return this.#life.messaging.isIdle
  }

  /** The slaves that take the record from this server. */
  get slaves(): readonly NodeName[] {
    return this.#life.membership.followers
  }

  /** The lifecycle of servers, and what moves by it. */
  get service(): ServicePart {
    return this.#service
  }

  /** Whom this server could not dial lately, and who could not dial it. */
  get reach(): MembershipDriver['reach'] {
    return this.#life.membership.reach
  }

  /** Whether what this server votes is stored. */
  get canVote(): boolean {
    return this.#life.membership.canVote
  }

  /**
   * Resolves once the node is ready for the first time.
   *
   * @throws NodeStoppedError when it is stopped before that; the signal's reason
   */
  async ready({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    let look = () => {}
    let off = () => {}
    try {
      await new Promise<void>((resolve, reject) => {
        look = () => {
          if (this.isReady) resolve()
          else if (signal?.aborted) reject(signal.reason as Error)
          else if (this.isStopping) reject(new NodeStoppedError(this.#settings.name))
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

  /** Something around the node changed that its status shows. */
  changed(): void {
    this.#listeners.tell()
  }

  /**
   * A program in this process.
   *
   * @throws WitnessError for a server program at a witness
   */
  embed(options: EmbedOptions): Program {
    const { witness, name } = this.#settings
    if (witness && options.role === 'server') throw new WitnessError(name)
    return this.#life.messaging.embed(options)
  }

  /** @throws MetadataError when it is more than a view can carry; nothing has changed then */
  describe(metadata: MemberMetadata): void {
    this.#life.membership.describe(metadata)
  }

  /** The servers of the configuration from now on: whom to look for. */
  setServers(servers: CoreSettings['servers']): void {
    this.#life.membership.setServers(servers)
  }

  /** What the group agreed on about a part, as this node has it; undefined where there is nothing that it can read. */
  agreed<Own>(part: StatePart<Own>): Own | undefined {
    return ownOf(this.#life.membership.record?.state, part)
  }

  /** Wants something of a part of the record, or of the view (`members`). */
  propose(wanted: WantedOperation, options?: ProposeOptions): Promise<unknown> {
    return propose(this.#life.membership, wanted, options)
  }

  /** Parts hear of the configuration, first and whenever it is otherwise. */
  configured(configuration: Configuration): void {
    this.#parts.onConfiguration(configuration)
  }

  /** Leaves the ring in order: no new requests, running ones end, goodbye to the others, the listener closed last. */
  stop(): Promise<void> {
    this.#stopped ??= this.isStopping ? Promise.resolve() : this.#leave(this.#life)
    return this.#stopped
  }

  async #leave(running: Running): Promise<void> {
    const { membership, messaging } = running
    this.#state = 'stopping'
    this.changed()
    await this.#parts.leaving()
    messaging.announceLeave()
    await new Promise<void>((resolve) => membership.leave(resolve))
    await messaging.stop()
    await this.#close(running)
  }

  async #close({ membership, network }: Running): Promise<void> {
    await this.#parts.stop()
    await this.#entrance?.close()
    membership.stop()
    this.#around.discovery.stop()
    this.#pauseWatch.stop()
    network.stop()
    this.#state = 'stopped'
    this.changed()
  }

  async #run(running: Running): Promise<void> {
    const { membership, messaging, network } = running
    await network.start()
    await this.#around.discovery.start()
    await this.#parts.start((part) => partHost(part, this.#settings, this.#around, running))
    messaging.onProgramsChanged(() => this.changed())
    messaging.onLinked(() => this.changed())
    this.#pauseWatch.start()
    await new Promise<void>((resolve, reject) =>
      membership.start(network.control, (error) => (error ? reject(error) : resolve())),
    )
    this.#state = 'running'
    this.changed()
  }

  #wire(life: Incarnation): Running {
    const gate = this.#rules.gateOf(life)
    gate.onChange(() => {
      const { state } = gate
      this.#around.logger.info({ event: 'delivery.changed', state }, 'what may pass to programs has changed')
      this.#parts.onDelivery(gate)
    })
    const group = this.#followedGroup(gate)
    const options = membershipOptions(this.#settings, life, this.#around, this.#parts.states)
    const membership = new MembershipDriver(options, group, this.#rules.membership)
    const network = this.#around.network(life, this.#networkOwner())
    // Before messaging: the gate is closed when it takes what waited.
    this.#pauseWatch.onResumed((gapMs, awayMs) => this.#resumed(membership, gapMs, awayMs))
    const messaging = this.#dataPlane(life, gate, network)
    return { membership, messaging, group, gate, network }
  }

  #dataPlane(life: Incarnation, gate: DeliveryGate, { dialer }: NodeNetwork): DataPlane {
    const { name, self, witness } = this.#settings
    const { clock, random, logger, loop } = this.#around
    const detectMs = this.#detectMs
    return createDataPlane(
      {
        ...{ name, incarnation: life, role: self.role, witness, clock, random, dialer, logger, gate },
        ...{ pauseWatch: this.#pauseWatch, pauseMs: detectMs / 2, detectMs },
        ...(loop && { loop }),
      },
      this.#rules.relay,
    )
  }

  #followedGroup(gate: DeliveryGate): FollowedGroup {
    const { logger, disk } = this.#around
    return new FollowedGroup({
      ...{ name: this.#settings.name, logger, disk, gate, movesData: this.#settings.configuration.global.doMerge },
      membership: () => this.#life.membership,
      messaging: () => this.#life.messaging,
      followed: (record, change) => this.#parts.onRecord(record, change),
      changed: () => this.changed(),
    })
  }

  #servicePartHost(): ServicePartHost {
    return {
      settings: serviceSettingsOf(this.#settings),
      rules: this.#rules.data,
      stopTimeoutMs: this.#settings.ring.stopTimeout,
      incarnation: () => this.#life.membership.incarnation,
      plane: () => this.#life.messaging,
      release: () => this.#life.group.release(),
    }
  }

  /** Input that follows a pause is taken after it was noticed. */
  #networkOwner(): NetworkOwner {
    return {
      onMessage: (peer, message) => {
        this.#pauseWatch.check()
        this.#life.membership.onMessage(peer, message)
      },
      onLinkUp: (peer) => this.#life.membership.onLinkUp(peer),
      onLinkDown: (peer, end) => {
        this.#pauseWatch.check()
        this.#life.membership.onLinkDown(peer, end)
      },
      onDataLink: (peer, link, agreed) => this.#life.messaging.acceptDataLink(peer, link, agreed),
      lifeRefusal: (peer) => this.#refusalOf(peer),
      nameTaken: (remote, life) => this.#life.membership.nameTaken(remote, life),
    }
  }

  #resumed(membership: MembershipDriver, gapMs: number, awayMs: number): void {
    const times = { gapMs: Math.round(gapMs), awayMs: Math.round(awayMs) }
    this.#around.logger.warn({ event: 'pause.resumed', ...times }, 'the process was not running')
    membership.resumed(gapMs, this.#rules.stopsAddUp ? awayMs : gapMs)
  }

  #refusalOf({ name, incarnation }: Peer): Refusal | undefined {
    const { record } = this.#life.membership
    const member = record?.view.members.find((one) => one.name === name)
    if (!member || member.incarnation <= incarnation) return undefined
    return { code: 'older-life', text: 'a later life of this node is in the view', known: member.incarnation }
  }

  get #detectMs(): number {
    return timingOf(this.#settings.ring.detect).detectMs
  }

  get #life(): Running {
    if (!this.#running) throw new TypeError('the node was not started: await start() first')
    return this.#running
  }
}

/** A member that cannot vote, or that nobody else can dial, is better not asked. */
function isServing(status: GroupStatus): boolean {
  return status.phase === 'member' && status.obstacle === undefined
}
