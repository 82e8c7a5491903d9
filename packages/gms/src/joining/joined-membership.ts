import { type Address, address, type Incarnation, type NodeName, nodeName, PauseWatch } from '@ring/platform'
import { formatAddress, NodeEndpoint, systemClock, systemRandom } from '@ring/transport'
import type { GroupStatus } from '../core/effects.ts'
import type { Bar } from '../core/record/bar.ts'
import type { MemberMetadata } from '../core/record/metadata.ts'
import type { StatePart } from '../core/record/state-part.ts'
import { ownOf } from '../core/record/state-parts.ts'
import type { GroupRecord, MergedSides, ViewChange } from '../core/record/view.ts'
import { timingOf } from '../core/timing.ts'
import { MembershipDriver } from '../driving/membership-driver.ts'
import type { MembershipDriverOptions, MembershipListener } from '../driving/membership-driver-options.ts'
import { beginLife, saveLife } from '../driving/node-life.ts'
import type { ProposeOptions } from '../driving/operation-calls.ts'
import { OperationTimeoutError } from '../driving/operation-errors.ts'
import { propose } from '../driving/propose.ts'
import { EventDelivery, type StreamOptions } from './event-delivery.ts'
import type { JoinSettings } from './join-options.ts'
import { leaveOnExit } from './leave-on-exit.ts'
import type { Membership, MembershipSelf } from './membership.ts'
import { JoinAbortedError, JoinOptionsError, JoinTimeoutError, type Waiting } from './membership-errors.ts'
import {
  type GroupView,
  type MembershipEventListener,
  type MembershipEventType,
  type NonPrimaryEvent,
  type PrimaryEvent,
  publicMember,
  viewOf,
} from './membership-events.ts'
import { holdProcess } from './process-hold.ts'
import { openStateDirectory, type StateDirectory } from './state-directory.ts'

/** A stand-still from here on is taken for a pause. */
const pauseMinMs = 400
const nobodyYet: GroupView = { lineage: '', version: 0, members: [], coordinator: undefined }

/** A membership on the real machine: the driver, its network, and what belongs to the process. */
export class JoinedMembership implements Membership, MembershipListener {
  readonly #settings: JoinSettings
  readonly #delivery: EventDelivery
  readonly #state: StateDirectory | undefined
  readonly #pauseWatch: PauseWatch
  readonly #endpoint: NodeEndpoint
  /** Undone, last first, when it is over. */
  readonly #undo: (() => void)[] = []
  #driver: MembershipDriver | undefined
  #incarnation: Incarnation
  #view: GroupView | undefined
  #said: 'primary' | 'nonPrimary' | undefined
  #onFirstView: () => void = () => undefined
  #leaving: Promise<void> | undefined

  private constructor(settings: JoinSettings, state: StateDirectory | undefined, incarnation: Incarnation) {
    this.#settings = settings
    this.#state = state
    this.#incarnation = incarnation
    this.#delivery = new EventDelivery(settings.logger, settings.listeners)
    this.#pauseWatch = new PauseWatch(systemClock, {
      gapMinMs: pauseMinMs,
      windowMs: timingOf(settings.detect).detectMs,
    })
    this.#endpoint = this.#openEndpoint()
  }

  /**
   * Resolves when this life is in a view.
   *
   * @throws JoinOptionsError, JoinTimeoutError, JoinAbortedError, RingError `RING_PORT_BUSY`, `RING_LISTEN_FAILED`
   */
  static async join(settings: JoinSettings): Promise<JoinedMembership> {
    const { stateDirectory } = settings
    const state = stateDirectory === undefined ? undefined : await openStateDirectory(stateDirectory)
    let membership: JoinedMembership | undefined
    try {
      const incarnation = await beginLife(state?.disk, systemClock.wallMs(), systemRandom)
      membership = new JoinedMembership(settings, state, incarnation)
      await membership.#endpoint.start()
      await membership.#start()
      await membership.#inView()
      return membership
    } catch (error) {
      await (membership ? membership.leave() : state?.release())
      throw error
    }
  }

  get group(): string {
    return this.#settings.group
  }

  get self(): MembershipSelf {
    const { role, listen } = this.#settings
    return { name: this.#name, role, incarnation: this.#incarnation, address: listen && this.#address }
  }

  get view(): GroupView {
    return this.#view ?? nobodyYet
  }

  get isCoordinator(): boolean {
    const { name, incarnation } = this.view.coordinator ?? {}
    return name === this.#name && incarnation === this.#incarnation && this.#leaving === undefined
  }

  get isPrimary(): boolean {
    return this.#leaving === undefined && this.#driver?.isPrimary === true
  }

  get status(): GroupStatus {
    return this.#driver?.status ?? { phase: 'discovering', waitingFor: [] }
  }

  on<Type extends MembershipEventType>(
    type: Type,
    listener: MembershipEventListener<Type>,
    options?: { readonly signal?: AbortSignal },
  ): () => void {
    return this.#delivery.on(type, listener, options)
  }

  events(options?: StreamOptions) {
    return this.#delivery.stream(options)
  }

  describe(metadata: MemberMetadata): void {
    this.#driver?.describe(metadata)
  }

  report(name: string): void {
    this.#driver?.report(nodeName(name))
  }

  expel(name: string, bar?: Bar): void {
    this.#driver?.expel(nodeName(name), bar)
  }

  admit(name: string): void {
    this.#driver?.admit(nodeName(name))
  }

  agreed<Own>(part: StatePart<Own>): Own | undefined {
    return ownOf(this.#driver?.record?.state, part)
  }

  async propose(
    part: string,
    body: unknown,
    options: ProposeOptions & { readonly id?: string } = {},
  ): Promise<unknown> {
    const { id, ...waiting } = options
    const wanted = { part, body, ...(id !== undefined && { id }) }
    if (this.#driver) return propose(this.#driver, wanted, waiting)
    throw new OperationTimeoutError(id ?? '', false)
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave()
    return this.#leaving
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave()
  }

  // What membership tells (MembershipListener)

  onView(record: GroupRecord, { joined, left, updated }: ViewChange): void {
    const view = viewOf(record)
    this.#delivery.emit(
      {
        type: 'view',
        view,
        joined: joined.map(publicMember),
        left: left.map(({ member, why }) => ({ member: publicMember(member), why })),
        updated: updated.map(publicMember),
      },
      () => {
        this.#view = view
        this.#onFirstView()
      },
    )
  }

  onMerged(record: GroupRecord, sides: MergedSides): void {
    this.#delivery.emit({ type: 'merge', view: viewOf(record), sides })
  }

  onSuspect(name: NodeName, incarnation: Incarnation, suspected: boolean): void {
    this.#delivery.emit({ type: 'suspect', name, incarnation, suspected })
  }

  onDown(): void {
    // The view says so in a moment.
  }

  onUnconfirmed(): void {
    this.#delivery.emit({ type: 'unconfirmed' })
  }

  onConfirmed(): void {
    this.#delivery.emit({ type: 'confirmed' })
  }

  onRejoin(incarnation: Incarnation): void {
    if (this.#state) saveLife(this.#state.disk, incarnation, this.#settings.logger)
    this.#delivery.emit({ type: 'rejoin', incarnation }, () => {
      this.#incarnation = incarnation
    })
  }

  onStatus(status: GroupStatus): void {
    const isMember = status.phase === 'member'
    const missing = isMember ? status.missing : []
    if (isMember && status.primary) this.#say({ type: 'primary' })
    // In between, before the first lease, there is nothing to say.
    else if (this.#said === 'primary' || (isMember && status.nonPrimary)) this.#say({ type: 'nonPrimary', missing })
  }

  #say(event: PrimaryEvent | NonPrimaryEvent): void {
    if (this.#said === event.type) return
    this.#said = event.type
    this.#delivery.emit(event)
  }

  get #name(): NodeName {
    return this.#settings.name ?? nodeName(this.#address)
  }

  get #address(): Address {
    const { listen } = this.#settings
    return listen ? formatAddress(listen.advertise, this.#endpoint.port) : address('0.0.0.0:1')
  }

  #openEndpoint(): NodeEndpoint {
    const { group, role, name, listen, keys = [], tls, logger } = this.#settings
    if (keys.length === 0 && !tls?.verifyPeer)
      logger.warn({ event: 'group.open', group }, 'no group key and no mutual TLS: whoever reaches this port can join')
    return new NodeEndpoint(
      {
        group,
        name: name ?? (() => this.#name),
        role,
        incarnation: this.#incarnation,
        ...(listen && { listen: { hosts: [listen.host], port: listen.port } }),
        keys,
        ...(tls && { tls }),
        keepAlive: false,
        onNameTaken: (remote, life) => this.#driver?.nameTaken(remote, life),
        logger,
      },
      {
        onMessage: (peer, message) => {
          this.#pauseWatch.check()
          this.#driver?.onMessage(peer, message)
        },
        onLinkUp: (peer) => this.#driver?.onLinkUp(peer),
        onLinkDown: (peer, end) => {
          this.#pauseWatch.check()
          this.#driver?.onLinkDown(peer, end)
        },
      },
    )
  }

  #start(): Promise<void> {
    const driver = new MembershipDriver(this.#driverOptions(), this)
    this.#driver = driver
    this.#pauseWatch.onResumed((gapMs, awayMs) => driver.resumed(gapMs, awayMs))
    this.#pauseWatch.start()
    if (this.#settings.keepAlive) this.#undo.push(holdProcess().release)
    if (this.#settings.leaveOnExit) this.#undo.push(leaveOnExit(() => this.leave()))
    return new Promise((resolve, reject) =>
      driver.start(this.#endpoint, (error) => (error ? reject(error) : resolve())),
    )
  }

  #driverOptions(): MembershipDriverOptions {
    const { role, servers, quorum, detect, forgetful, joinOnly, expect, witness, logger } = this.#settings
    const { discovery, merging, metadata, parts } = this.#settings
    const isNamed = expect !== undefined || servers.some(({ name }) => name === this.#name)
    if (quorum === 'majority' && !joinOnly && !isNamed)
      throw new JoinOptionsError(
        `servers does not name ${this.#name}, and only those who are named may form the group. Add it, or give joinOnly.`,
      )
    return {
      ...{ name: this.#name, address: this.#address, incarnation: this.#incarnation },
      ...{ role, servers, quorum, detect, forgetful, joinOnly, witness, logger },
      ...(expect !== undefined && { expect }),
      clock: systemClock,
      random: systemRandom,
      ...(discovery && { discovery }),
      ...(merging && { merging }),
      ...(parts && { parts }),
      ...(metadata && { metadata }),
      ...(this.#state && { disk: this.#state.disk }),
    }
  }

  async #inView(): Promise<void> {
    const { group, joinTimeoutMs, signal } = this.#settings
    let timer: NodeJS.Timeout | undefined
    let abort = () => {}
    try {
      await new Promise<void>((resolve, reject) => {
        if (this.#view) return resolve()
        this.#onFirstView = resolve
        abort = () => reject(new JoinAbortedError(group, this.#waiting, signal?.reason))
        if (signal?.aborted) return abort()
        signal?.addEventListener('abort', abort, { once: true })
        if (joinTimeoutMs === undefined) return
        timer = setTimeout(() => reject(new JoinTimeoutError(group, joinTimeoutMs, this.#waiting)), joinTimeoutMs)
      })
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  /** What keeps the join from being over. */
  get #waiting(): Waiting {
    const { status } = this
    if (status.phase === 'joining')
      return { for: [status.coordinator], text: `the coordinator ${status.coordinator} has not let it in` }
    if (status.phase === 'undialable') {
      const text = `${status.by} cannot dial it at ${status.address}: check its firewall, and the address that it gives`
      return { for: [status.by], text }
    }
    if (status.phase === 'name-taken') return { for: [], text: `a node of its name is at ${status.at} already` }
    const missing = status.phase === 'discovering' ? status.waitingFor : []
    if (missing.length > 0) return { for: missing, text: `it waits for ${missing.join(', ')}` }
    return { for: [], text: 'it is still looking for the others' }
  }

  async #leave(): Promise<void> {
    const hold = holdProcess()
    try {
      const driver = this.#driver
      if (driver) await new Promise<void>((resolve) => driver.leave(resolve))
      if (this.#view) this.#delivery.emit({ type: 'left' })
    } finally {
      await this.#close()
      hold.release()
    }
  }

  async #close(): Promise<void> {
    this.#driver?.stop()
    this.#pauseWatch.stop()
    this.#endpoint.stop()
    for (const undo of this.#undo.splice(0).reverse()) undo()
    await this.#state?.release()
  }
}
