import { type Answer, type Discovery, type DiscoveryProtocol, tcpping } from '@ring/discovery'
import {
  type Address,
  type Clock,
  type DialOutcome,
  type Disk,
  type Incarnation,
  type LinkEnd,
  type Logger,
  type Network,
  type NetworkHandler,
  type NodeName,
  type NodeRole,
  type Peer,
  type Random,
  silent,
  type Timer,
} from '@ring/platform'
import { Agreement, type AgreementHost, type AgreementOptions } from './agreement.ts'
import { type ControlMessage, decodeControlMessage, encodeControlMessage } from './control-message.ts'
import type { Bar, DiscoveryPurpose, GmsEffect, GmsEvent, GroupStatus, Identity } from './core/effects.ts'
import { FollowerCore } from './core/follower-core.ts'
import { givingWay } from './core/giving-way.ts'
import { GmsCore } from './core/gms-core.ts'
import type { ViewMerging } from './core/merging.ts'
import { type MemberMetadata, metadataFault } from './core/metadata.ts'
import { type GmsRules, soundRules } from './core/rules.ts'
import { type DetectProfile, timingOf } from './core/timing.ts'
import type { GroupRecord, MergedSides, StateAfter, ViewChange } from './core/view.ts'

export interface MembershipDriverOptions {
  readonly name: NodeName
  readonly role: NodeRole
  readonly incarnation: Incarnation
  /** Where this node listens, as the others can dial it; a slave has none. */
  readonly address: Address
  /** The servers of the configuration, this node included if it is one. */
  readonly servers: readonly { readonly name: NodeName; readonly address: Address }[]
  readonly quorum: 'none' | 'majority'
  readonly detect: DetectProfile
  readonly clock: Clock
  readonly random: Random
  /** What of the record changes with the view (rule M1). Pure. */
  readonly stateAfter?: StateAfter
  /** Where the register keeps its promises (`QUORUM = majority`); without one, only with `forgetful` (rule R9). */
  readonly disk?: Disk
  readonly forgetful?: boolean
  /** How many servers form the group, where they are not listed but found (`QUORUM = majority`, rule R7). */
  readonly expect?: number
  /** Takes no part in forming a group. */
  readonly joinOnly?: boolean
  /** How the others are found (default TCPPING over `servers`). */
  readonly discovery?: DiscoveryProtocol
  /** How groups that were apart come together (`QUORUM = none`); by default the smaller one simply gives way. */
  readonly merging?: ViewMerging
  /** What this node says of itself ({@link MembershipDriver.describe} changes it). */
  readonly metadata?: MemberMetadata
  /** Votes, and serves nothing. */
  readonly witness?: boolean
  readonly logger?: Logger
}

/** What membership tells the node. Calls come one at a time, views once per version and in order. */
export interface MembershipListener {
  onView(record: GroupRecord, change: ViewChange): void
  /** A server that is gone although the view still has it (rule D1). */
  onDown(name: NodeName, incarnation: Incarnation): void
  /** After a pause: deliver nothing until `onConfirmed` or `onRejoin` (rule M3). */
  onUnconfirmed(): void
  onConfirmed(): void
  /** This life was expelled; a new one has begun. */
  onRejoin(incarnation: Incarnation): void
  onStatus(status: GroupStatus): void
  /** A member that this node hears nothing of, or hears of again, while the view has it. */
  onSuspect?(name: NodeName, incarnation: Incarnation, suspected: boolean): void
  /** Groups came together; right before the `onView` of the same record. */
  onMerged?(record: GroupRecord, sides: MergedSides): void
}

const discoveryTimeoutMs = 1000
/** A run that has not ended by then is taken for lost. */
const discoveryGraceMs = 200

type Core = GmsCore | FollowerCore

/**
 * Membership of one node: drives the cores over the control network. The same shell runs in the daemon and in the
 * simulator; it must be given the network's events as its handler before it is started.
 */
export class MembershipDriver implements NetworkHandler, AgreementHost {
  readonly #options: MembershipDriverOptions
  readonly #listener: MembershipListener
  readonly #logger: Logger
  readonly #rules: GmsRules
  #discovery: Discovery | undefined
  #core: Core | undefined
  #agreement: Agreement | undefined
  #network: Network | undefined
  #servers: MembershipDriverOptions['servers']
  #incarnation: Incarnation
  readonly #merging: ViewMerging
  #metadata: MemberMetadata | undefined
  #status: GroupStatus = { phase: 'discovering', waitingFor: [] }
  #timer: Timer | undefined
  #timerAtMs = Number.POSITIVE_INFINITY
  readonly #onLeft: (() => void)[] = []
  #lastSent: { readonly message: object; readonly bytes: Uint8Array } | undefined
  #finding: { readonly purpose: DiscoveryPurpose; readonly untilMs: number } | undefined
  #stopped = false

  /** @param rules only a simulation takes one out */
  constructor(options: MembershipDriverOptions, listener: MembershipListener, rules: GmsRules = soundRules) {
    this.#options = options
    this.#listener = listener
    this.#rules = rules
    this.#logger = options.logger ?? silent
    this.#incarnation = options.incarnation
    this.#servers = options.servers
    this.#metadata = options.metadata
    this.#merging = options.merging ?? givingWay
  }

  /** The committed record as this node knows it. */
  get record(): GroupRecord | undefined {
    return this.#core?.record
  }

  /**
   * Whether this node may say `primary`, and serve what must not be stale, right now (rules M7, L1): to be asked before
   * each batch and before each reply.
   */
  get isPrimary(): boolean {
    const { clock } = this.#options
    return this.#core instanceof GmsCore && this.#core.isPrimary(clock.monotonicMs(), clock.wallMs())
  }

  get status(): GroupStatus {
    return this.#status
  }

  get incarnation(): Incarnation {
    return this.#incarnation
  }

  /** Begins; `ready` follows once the state directory was read, where there is one.
   *
   * @throws StateDirectoryNeededError */
  start(network: Network, ready: (error?: Error) => void = () => undefined): void {
    this.#network = network
    this.#discovery = this.#beginDiscovery(network)
    this.#learnServers()
    const { role, quorum } = this.#options
    if (role === 'slave' || quorum === 'none') {
      this.#begin(undefined, 'sole')
      ready()
      return
    }
    this.#agreement = new Agreement(this.#agreementOptions(network), this)
    this.#agreement.start((started) => {
      if ('error' in started) return ready(started.error)
      this.#begin(started.stored, started.voterId)
      ready()
    })
  }

  /**
   * The servers of the configuration from now on: whom to look for. A group that is formed already takes servers in as they
   * come; who may form a new one was settled at the start (rule R7).
   */
  setServers(servers: MembershipDriverOptions['servers']): void {
    this.#servers = servers
    this.#learnServers()
  }

  /**
   * Says something else of this node from now on; it spreads with the next view.
   *
   * @throws RangeError when it is more than a view can carry
   */
  describe(metadata: MemberMetadata): void {
    const fault = metadataFault(metadata)
    if (fault !== undefined) throw new RangeError(`metadata cannot be taken: ${fault}`)
    this.#metadata = metadata
    this.#step({ type: 'describe', metadata })
  }

  /** Somebody outside says that a member is dead: it is probed at once, and expelled soon if nobody reaches it. */
  report(name: NodeName): void {
    this.#step({ type: 'report', name })
  }

  /** Takes a member out of the view, and with a bar keeps its name out (rule M8). */
  expel(name: NodeName, bar?: Bar): void {
    this.#step({ type: 'expel', name, ...(bar && { bar }) })
  }

  /** Lets a barred name in again. */
  admit(name: NodeName): void {
    this.#step({ type: 'admit', name })
  }

  /** Leaves the group in order; `left` follows within the leave time-out, whatever the others do. */
  leave(left: () => void): void {
    if (this.#stopped || !this.#core || this.#status.phase === 'left') return left()
    this.#onLeft.push(left)
    this.#step({ type: 'leave' })
  }

  /** Ends without a word: what remains is for the others to find out. */
  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#discovery?.stop()
    this.#agreement?.stop()
  }

  /** Rule M3: to be called before anything that waited during a pause is taken. */
  resumed(gapMs: number): void {
    this.#agreement?.resumed(gapMs)
    this.#step({ type: 'resumed', gapMs })
  }

  onMessage(from: Peer, bytes: Uint8Array): void {
    const decoded = decodeControlMessage(bytes)
    if (!decoded) {
      this.#logger.warn({ event: 'control.invalid', peer: from.name, bytes: bytes.length }, 'control message dropped')
      return
    }
    if (from.role === 'slave' && !isForSlaves(decoded)) {
      this.#logger.warn({ event: 'control.refused', peer: from.name }, 'a slave has no say in this')
      return
    }
    switch (decoded.kind) {
      case 'gms':
        return this.#step({ type: 'message', from, message: decoded.message })
      case 'register':
        return this.#agreement?.onMessage(from, bytes)
      case 'merge':
        return this.#onMergeMessage(from, decoded.value)
      case 'discovery':
        return this.#discovery?.onMessage(from, decoded.message)
    }
  }

  onLinkUp(peer: Peer): void {
    this.#step({ type: 'link-up', peer })
  }

  onLinkDown(peer: Peer, end: LinkEnd): void {
    this.#step({ type: 'link-down', peer, end })
  }

  // What the register tells (AgreementHost)

  onCommitted(record: GroupRecord): void {
    this.#step({ type: 'committed', record })
  }

  onSettled(version: number): void {
    this.#step({ type: 'settled', version })
  }

  onProposalFailed(id: number, why: 'lost' | 'no-quorum' | 'too-large'): void {
    this.#step({ type: 'proposal-failed', id, why })
  }

  #onMergeMessage(from: Peer, value: unknown): void {
    const message = this.#merging.decode(value)
    if (message) this.#step({ type: 'merge-message', from, message })
    else this.#logger.debug({ event: 'control.invalid', peer: from.name }, 'merge message dropped')
  }

  #learnServers(): void {
    for (const { name, address } of this.#servers) {
      const inView = this.record?.view.members.some((member) => member.name === name)
      // What a member said of itself is newer than a file.
      if (name !== this.#options.name && !inView) this.#network?.learn(name, address)
    }
  }

  #beginDiscovery(network: Network): Discovery {
    const { name, role, address, clock, random, discovery = tcpping() } = this.#options
    return discovery({
      clock,
      random,
      network,
      logger: this.#logger,
      self: { name, role, address },
      incarnation: () => this.#incarnation,
      answer: () => this.#answer(),
      send: (to, message) => network.send(to, encodeControlMessage(message)),
    })
  }

  /** Who only joins and is not in yet has nothing to say to newcomers, and is not one of those who form. */
  #answer(): Answer | undefined {
    if (!(this.#core instanceof GmsCore) || !this.#core.isFindable) return undefined
    const isOutsider = this.#options.joinOnly === true && this.record === undefined
    return isOutsider ? undefined : this.#core.answer
  }

  #discovered(purpose: DiscoveryPurpose, answers: readonly Answer[]): void {
    this.#finding = undefined
    if (this.#options.expect !== undefined && this.record === undefined) {
      for (const { name, address } of answers) this.#network?.learn(name, address)
      this.#agreement?.seen(answers.map(({ name }) => name))
    }
    this.#step({ type: 'discovered', purpose, answers })
  }

  #agreementOptions(network: Network): AgreementOptions {
    const { name, servers, expect, disk, forgetful = false, joinOnly = false, clock, random } = this.#options
    return {
      name,
      incarnation: this.#incarnation,
      servers: servers.map((server) => server.name),
      expect,
      joinOnly,
      disk,
      forgetful,
      clock,
      random,
      logger: this.#logger,
      send: (to, message) => network.send(to, message),
      mayAccept: (next, nowMs) => !(this.#core instanceof GmsCore) || this.#core.mayAccept(next, nowMs),
    }
  }

  #begin(stored: GroupRecord | undefined, voterId: string): void {
    const { name, address, role, quorum, detect, random, servers, stateAfter = keepState } = this.#options
    const self: Identity = {
      ...{ name, address, voterId, incarnation: this.#incarnation, witness: this.#options.witness === true },
      ...(quorum === 'majority' && { leaseMs: timingOf(detect).leaseMs }),
      ...(this.#metadata && { metadata: this.#metadata }),
    }
    const timing = timingOf(detect)
    this.#core =
      role === 'slave'
        ? new FollowerCore({ self, timing, random, quorum, stateAfter })
        : new GmsCore(
            {
              self,
              quorum,
              timing,
              random,
              stateAfter,
              configured: servers.map((server) => server.name),
              ...(this.#options.expect !== undefined && { expect: this.#options.expect }),
              ...(stored && { stored }),
              merging: this.#merging,
              pending: () => this.#agreement?.pending,
            },
            this.#rules,
          )
    this.#step({ type: 'start' })
  }

  #step(event: GmsEvent): void {
    if (!this.#core || this.#stopped) return
    const nowMs = this.#options.clock.monotonicMs()
    for (const effect of this.#core.step(event, nowMs, this.#options.clock.wallMs())) this.#carryOut(effect)
    this.#lastSent = undefined
    this.#arm()
  }

  #carryOut(effect: GmsEffect): void {
    const network = this.#network!
    switch (effect.type) {
      case 'send':
      case 'send-merge':
        return network.send(effect.to, this.#encoded(effect.message))
      case 'learn-address':
        if (effect.name !== this.#options.name) network.learn(effect.name, effect.address)
        return
      case 'disconnect':
        return network.disconnect(effect.name)
      case 'dial':
        return network.probe(effect.address, effect.timeoutMs, (outcome) => this.#dialled(effect.token, outcome))
      case 'discover':
        return this.#startDiscovery(effect.purpose, effect.addresses)
      case 'propose':
        return this.#agreement?.propose(effect.id, effect.next)
      case 'learn-record':
        return this.#agreement?.learn(effect.from, effect.record)
      default:
        return this.#tell(effect)
    }
  }

  /** One message for many is one object, and is encoded once. */
  #encoded(message: object): Uint8Array {
    if (this.#lastSent?.message !== message) this.#lastSent = { message, bytes: encodeControlMessage(message) }
    return this.#lastSent.bytes
  }

  #tell(effect: GmsEffect): void {
    switch (effect.type) {
      case 'view':
        this.#logView(effect.record, effect.change)
        return this.#listener.onView(effect.record, effect.change)
      case 'merged':
        this.#logger.info({ event: 'group.merged', sides: effect.sides }, 'groups came together')
        return this.#listener.onMerged?.(effect.record, effect.sides)
      case 'suspect':
        this.#logger.debug({ event: 'member.suspect', peer: effect.name, suspected: effect.suspected }, 'suspicion')
        return this.#listener.onSuspect?.(effect.name, effect.incarnation, effect.suspected)
      case 'down':
        this.#logger.info({ event: 'member.down', peer: effect.name }, 'server is gone')
        return this.#listener.onDown(effect.name, effect.incarnation)
      case 'unconfirmed':
        this.#logger.warn({ event: 'pause.unconfirmed' }, 'resumed after a pause; waiting to be confirmed')
        return this.#listener.onUnconfirmed()
      case 'confirmed':
        return this.#listener.onConfirmed()
      case 'rejoin':
        this.#logger.warn(
          { event: 'member.rejoin', incarnation: effect.incarnation },
          'this life is over; joining again',
        )
        this.#incarnation = effect.incarnation
        this.#network?.beginLife(effect.incarnation)
        return this.#listener.onRejoin(effect.incarnation)
      case 'left':
        for (const left of this.#onLeft.splice(0)) left()
        return
      case 'status':
        return this.#setStatus(effect.status)
      default:
        return
    }
  }

  #dialled(token: number, outcome: DialOutcome): void {
    this.#step({ type: 'dialled', token, outcome })
  }

  /** A newcomer asks whomever it knows of; who looks for other groups need not ask its own. */
  #startDiscovery(purpose: DiscoveryPurpose, more: readonly Address[] = []): void {
    // A new run would end the one under way, again and again, while one address is silent.
    const nowMs = this.#options.clock.monotonicMs()
    if (this.#finding?.purpose === purpose && nowMs < this.#finding.untilMs) return
    this.#finding = { purpose, untilMs: nowMs + discoveryTimeoutMs + discoveryGraceMs }
    const { name, role } = this.#options
    const members = this.record?.view.members ?? []
    const known = new Set<NodeName>(purpose === 'merge' ? members.map((member) => member.name) : [])
    const others = [...this.#servers, ...members].filter((server) => server.name !== name && !known.has(server.name))
    const addresses = [...new Set([...others.map(({ address }) => address), ...more])]
    const firstMemberIsEnough = purpose === 'join' && role === 'server'
    this.#discovery?.find({ addresses, timeoutMs: discoveryTimeoutMs, firstMemberIsEnough }, (answers) =>
      this.#discovered(purpose, answers),
    )
  }

  /** One timer for the core's nearest deadline. */
  #arm(): void {
    if (this.#stopped) return
    const nextMs = this.#core?.nextMs ?? Number.POSITIVE_INFINITY
    if (nextMs === this.#timerAtMs) return
    this.#timer?.cancel()
    this.#timerAtMs = nextMs
    if (nextMs === Number.POSITIVE_INFINITY) return
    // Whole milliseconds: a timer that fires a rounding error too early would fire again and again.
    const delayMs = Math.max(0, Math.ceil(nextMs - this.#options.clock.monotonicMs()))
    this.#timer = this.#options.clock.after(delayMs, () => this.#tick())
  }

  #tick(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY
    this.#step({ type: 'tick' })
  }

  #setStatus(status: GroupStatus): void {
    if (JSON.stringify(status) === JSON.stringify(this.#status)) return
    const wasNonPrimary = this.#status.phase === 'member' && this.#status.nonPrimary
    this.#status = status
    this.#logger.debug({ event: 'group.status', ...status }, 'group status')
    if (status.phase === 'member' && status.nonPrimary && !wasNonPrimary) {
      this.#logger.warn({ event: 'group.non-primary', missing: status.missing }, 'no quorum: the last view is kept')
    }
    this.#listener.onStatus(status)
  }

  #logView({ version, view }: GroupRecord, { joined, left }: ViewChange): void {
    this.#logger.info(
      {
        event: 'view.installed',
        version,
        members: view.members.map(({ name }) => name),
        joined: joined.map(({ name }) => name),
        left: left.map(({ member, why }) => `${member.name} (${why})`),
      },
      'view installed',
    )
  }
}

/** Slaves ask, follow and report; they take no part in deciding. */
function isForSlaves(decoded: ControlMessage): boolean {
  if (decoded.kind === 'discovery') return decoded.message.type === 'discovery.get-mbrs-req'
  return (
    decoded.kind === 'gms' &&
    ['gms.follow', 'gms.refused-report', 'gms.ack', 'gms.view-req'].includes(decoded.message.type)
  )
}

function keepState(state: unknown): unknown {
  return state
}
