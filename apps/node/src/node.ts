import { type GroupRecord, type GroupStatus, Membership, type MembershipListener, timingOf } from '@ring/gms'
import {
  type AttachedProgram,
  createMessaging,
  type EmbedOptions,
  type Messaging,
  maxDataFrameBytes,
  type Program,
  type RelayCounters,
  systemClock,
} from '@ring/messaging'
import type { Routing } from '@ring/placement'
import { type Incarnation, type Logger, type NodeName, type NodeRole, PauseWatch, silent } from '@ring/platform'
import { NodeEndpoint } from '@ring/transport'
import { dataDialer } from './data-dialer.ts'
import { FileDisk } from './file-disk.ts'
import { hostAccess } from './host-access.ts'
import { beginLife, saveLife } from './node-life.ts'
import { lockNode, type NodeLock } from './node-lock.ts'
import { type NodeOptions, type NodeSettings, readSettings } from './node-settings.ts'
import { placementAfter, routingOf } from './placement-state.ts'
import { systemRandom } from './system-random.ts'
import { readTls } from './tls-files.ts'

/** Where a node stands; `ready` once it serves or can reach who serves. */
export interface NodeStatus {
  readonly name: NodeName
  readonly role: NodeRole
  readonly incarnation: Incarnation
  readonly group: GroupStatus
  readonly record: GroupRecord | undefined
  readonly programs: readonly AttachedProgram[]
  readonly ready: boolean
  readonly warnings: readonly string[]
}

const noDrain = 0
/** A stand-still from here on is taken for a pause. */
const pauseMinMs = 400

/** One node of a ring in this process: the packages wired together, and what belongs to the machine. */
export class RingNode implements MembershipListener {
  readonly settings: NodeSettings
  readonly #logger: Logger
  readonly #lock: NodeLock
  readonly #disk: FileDisk | undefined
  readonly #pauseWatch = new PauseWatch(systemClock, { gapMinMs: pauseMinMs })
  readonly #gone = new Set<string>()
  readonly #listeners: (() => void)[] = []
  #endpoint!: NodeEndpoint
  #membership!: Membership
  #messaging!: Messaging
  #routing: Routing | undefined
  #confirmed = true
  #expelled = false
  #state: 'starting' | 'running' | 'stopping' | 'stopped' = 'starting'

  private constructor(settings: NodeSettings, logger: Logger, lock: NodeLock, disk: FileDisk | undefined) {
    this.settings = settings
    this.#logger = logger
    this.#lock = lock
    this.#disk = disk
  }

  /**
   * Starts a node. It is listening when this returns, and joins its ring from then on ({@link RingNode.ready}).
   *
   * @throws ConfigurationError, NodeSetupError, NodeRunningError, RingError `RING_PORT_BUSY` and others of the parts
   */
  static async start(options: NodeOptions, logger: Logger = silent): Promise<RingNode> {
    const settings = await readSettings(options)
    for (const warning of settings.warnings) logger.warn({ event: 'config.warning', warning }, 'configuration warning')
    const lock = await lockNode(settings.runtimeDirectory)
    try {
      const disk = settings.stateDirectory === undefined ? undefined : await FileDisk.open(settings.stateDirectory)
      const node = new RingNode(settings, logger, lock, disk)
      await node.#open()
      return node
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  get name(): NodeName {
    return this.settings.name
  }

  get role(): NodeRole {
    return this.settings.self.role
  }

  get status(): NodeStatus {
    const { name, role } = this
    const { status: group, record, incarnation } = this.#membership
    const { programs } = this.#messaging
    return { name, role, incarnation, group, record, programs, ready: this.isReady, warnings: this.settings.warnings }
  }

  get counters(): RelayCounters {
    return this.#messaging.counters
  }

  /** Whether requests can be taken: a view, this life confirmed, somebody up to ask, and not on the way out. */
  get isReady(): boolean {
    const hasServers = this.#routing?.servers.some(({ up }) => up) ?? false
    return this.#state === 'running' && this.#confirmed && this.#membership.status.phase === 'member' && hasServers
  }

  /** Resolves once the node is ready for the first time. */
  async ready(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (this.isReady) resolve()
        else if (signal?.aborted) reject(signal.reason as Error)
      }
      signal?.addEventListener('abort', look, { once: true })
      this.onChange(look)
      look()
    })
  }

  /** Called after every change of status, view or attached programs. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** A program in this process: the same calls as over the socket, without the second hop. */
  embed(options: EmbedOptions): Program {
    return this.#messaging.embed(options)
  }

  /** New group keys, for links that open from now on. */
  setKeys(keys: readonly Uint8Array[]): void {
    this.#endpoint.setKeys(keys)
  }

  /** Leaves the ring in order: no new requests, running ones end, goodbye to the others, the listener closed last. */
  async stop(): Promise<void> {
    if (this.#state === 'stopping' || this.#state === 'stopped') return
    this.#state = 'stopping'
    this.#changed()
    await new Promise<void>((resolve) => this.#membership.leave(resolve))
    await this.#messaging.stop()
    await this.#close()
  }

  async #open(): Promise<void> {
    const { configuration, ring, self, name, servers, address, keys } = this.settings
    const incarnation = await beginLife(this.#disk, systemClock.wallMs(), systemRandom)
    const tls = await readTls(configuration, self)
    const open = keys.length === 0 && !tls?.verifyPeer
    const allows = open ? await hostAccess(configuration) : () => true
    const { global } = configuration
    this.#membership = new Membership(
      {
        name,
        role: self.role,
        incarnation,
        address,
        servers,
        quorum: ring.quorum,
        detect: ring.detect,
        clock: systemClock,
        random: systemRandom,
        logger: this.#logger,
        stateAfter: placementAfter({
          mode: global.deliverMode,
          placement: ring.placement,
          partitions: ring.partitions,
          replicas: global.replica,
        }),
        forgetful: ring.forgetful,
        joinOnly: ring.joinOnly,
        ...(this.#disk && { disk: this.#disk }),
      },
      this,
    )
    const listen = self.role === 'server' ? { host: ring.bind ?? self.node.host, port: self.node.port } : undefined
    this.#endpoint = new NodeEndpoint(
      {
        group: global.group,
        name,
        role: self.role,
        incarnation,
        keys,
        allows,
        ...(listen && { listen }),
        ...(tls && { tls }),
        logger: this.#logger,
        onDataLink: (peer, link) =>
          link.handOver(this.#messaging.acceptDataLink(peer, link), {
            maxFrameBytes: maxDataFrameBytes,
            oneByOne: false,
          }),
        refusalOf: (peer, kind) => (kind === 'data' ? this.#refusalOf(peer.name, peer.incarnation) : undefined),
      },
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
    // Before messaging, which asks whether this life is still confirmed.
    this.#pauseWatch.onResumed((gapMs) => {
      this.#logger.warn({ event: 'pause.resumed', gapMs: Math.round(gapMs) }, 'the process was not running')
      this.#membership.resumed(gapMs)
    })
    this.#messaging = await createMessaging({
      group: global.group,
      name,
      incarnation,
      role: self.role,
      runtimeDirectory: this.settings.runtimeDirectory,
      clock: systemClock,
      random: systemRandom,
      dialer: dataDialer(this.#endpoint),
      logger: this.#logger,
      pauseWatch: this.#pauseWatch,
      pauseMs: timingOf(ring.detect).detectMs / 2,
      onPause: () => this.#dataPaused(),
    })
    await this.#run()
  }

  async #run(): Promise<void> {
    try {
      await this.#endpoint.start()
      this.#messaging.onProgramsChanged(() => this.#changed())
      this.#pauseWatch.start()
      await new Promise<void>((resolve, reject) =>
        this.#membership.start(this.#endpoint, (error) => (error ? reject(error) : resolve())),
      )
      this.#state = 'running'
      this.#changed()
    } catch (error) {
      await this.#messaging.stop({ drainMs: noDrain })
      await this.#close()
      throw error
    }
  }

  async #close(): Promise<void> {
    this.#membership.stop()
    this.#pauseWatch.stop()
    this.#endpoint.stop()
    await this.#lock.release()
    this.#state = 'stopped'
    this.#changed()
  }

  // What membership tells

  onView(record: GroupRecord): void {
    for (const life of this.#gone)
      if (!record.view.members.some((member) => lifeOf(member) === life)) this.#gone.delete(life)
    this.#route(record)
    if (!this.#expelled) return
    this.#expelled = false
    this.#messaging.beginLife(this.#membership.incarnation)
  }

  onDown(name: NodeName, incarnation: Incarnation): void {
    this.#gone.add(lifeOf({ name, incarnation }))
    const { record } = this.#membership
    if (record) this.#route(record)
  }

  onUnconfirmed(): void {
    this.#confirmed = false
    this.#messaging.suspendDelivery()
    this.#changed()
  }

  onConfirmed(): void {
    this.#confirmed = true
    this.#messaging.resumeDelivery({ expelled: false })
    this.#changed()
  }

  onRejoin(incarnation: Incarnation): void {
    this.#confirmed = true
    if (this.#disk) saveLife(this.#disk, incarnation)
    this.#expelled = true
    this.#messaging.resumeDelivery({ expelled: true })
    if (this.#routing)
      this.#setRouting({ ...this.#routing, servers: [], owners: this.#routing.owners.slice().fill(0xffff) })
  }

  onStatus(): void {
    this.#changed()
  }

  #route(record: GroupRecord): void {
    this.#setRouting(routingOf(record, (server) => this.#gone.has(lifeOf(server))))
  }

  #setRouting(routing: Routing): void {
    this.#routing = routing
    this.#messaging.setRouting(routing)
    this.#changed()
  }

  /** Messaging saw a pause and holds back; membership says when it may go on, at once if the pause was too short to matter. */
  #dataPaused(): void {
    if (this.#confirmed) this.#messaging.resumeDelivery({ expelled: false })
  }

  #refusalOf(name: NodeName, incarnation: Incarnation) {
    const member = this.#membership.record?.view.members.find((one) => one.name === name)
    if (!member || member.incarnation <= incarnation) return undefined
    return { code: 'older-life' as const, text: 'a later life of this node is in the view', known: member.incarnation }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

function lifeOf({ name, incarnation }: { readonly name: string; readonly incarnation: number }): string {
  return `${incarnation} ${name}`
}
