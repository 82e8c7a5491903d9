import type { Answer } from '@ring/discovery'
import {
  callListener,
  DeadlineTimer,
  type DialOutcome,
  EventTurns,
  type Incarnation,
  type LinkEnd,
  type Logger,
  type Network,
  type NetworkHandler,
  type NodeName,
  type Peer,
  silent,
} from '@ring/platform'
import { encodeControlMessage } from '../control/control-packing.ts'
import { ControlSwitchboard, decodedOr } from '../control/control-switchboard.ts'
import { gmsProtocol } from '../control/gms-protocol.ts'
import type { Reach } from '../core/alive/reach-notes.ts'
import { membersPart } from '../core/deciding/member-operations.ts'
import type { DiscoveryPurpose, GmsEffect, GmsEvent, GroupStatus } from '../core/effects.ts'
import type { FollowerCore } from '../core/following/follower-core.ts'
import { GmsCore } from '../core/gms-core.ts'
import { givingWay } from '../core/meeting/giving-way.ts'
import type { ViewMerging } from '../core/meeting/merging.ts'
import type { Bar } from '../core/record/bar.ts'
import { type MemberMetadata, metadataFault } from '../core/record/metadata.ts'
import { StateParts } from '../core/record/state-parts.ts'
import type { GroupRecord } from '../core/record/view.ts'
import { type GmsRules, soundRules } from '../core/rules.ts'
import { MetadataError } from '../joining/membership-errors.ts'
import { Agreement, type AgreementHost, type AgreementOptions } from './agreement.ts'
import { Announcer } from './announcer.ts'
import { coreOf } from './core-of.ts'
import type { DiscoveryRuns } from './discovery-runs.ts'
import type { MembershipDriverOptions, MembershipListener } from './membership-driver-options.ts'
import { OperationCalls, type OperationEnded, operationTimeoutMs, type WantedOperation } from './operation-calls.ts'
import { beginDiscovery } from './own-discovery.ts'
import { PartWatch } from './part-watch.ts'

type Core = GmsCore | FollowerCore

/**
 * Membership of one node: drives the cores over the control network. The same shell runs in the daemon and in the
 * simulator; it must be given the network's events as its handler before it is started.
 */
export class MembershipDriver implements NetworkHandler, AgreementHost {
  /** Whose the control messages are that arrive at this node; whoever has some of his own connects them here. */
  readonly control: ControlSwitchboard
  readonly #options: MembershipDriverOptions
  readonly #logger: Logger
  readonly #rules: GmsRules
  #discovery: DiscoveryRuns | undefined
  #core: Core | undefined
  #agreement: Agreement | undefined
  #network: Network | undefined
  #servers: MembershipDriverOptions['servers']
  #incarnation: Incarnation
  readonly #merging: ViewMerging
  #metadata: MemberMetadata | undefined
  readonly #parts: StateParts
  readonly #partWatch: PartWatch
  readonly #calls: OperationCalls
  readonly #announcer: Announcer
  readonly #timer: DeadlineTimer
  readonly #turns = new EventTurns<GmsEvent>((event) => this.#take(event))
  readonly #onLeft: (() => void)[] = []
  #lastSent: { readonly message: object; readonly bytes: Uint8Array } | undefined
  #isStorageWell = true
  #stopped = false

  /** @param rules only a simulation takes one out */
  constructor(options: MembershipDriverOptions, listener: MembershipListener, rules: GmsRules = soundRules) {
    this.#options = options
    this.#rules = rules
    this.#logger = options.logger ?? silent
    this.control = new ControlSwitchboard(this.#logger)
    this.#incarnation = options.incarnation
    this.#servers = options.servers
    this.#metadata = options.metadata
    this.#merging = options.merging ?? givingWay
    this.#parts = new StateParts(options.parts)
    this.#partWatch = new PartWatch(this.#parts, this.#logger)
    this.#calls = new OperationCalls(options.random, this.#logger)
    this.#announcer = new Announcer(listener, this.#logger)
    this.#timer = new DeadlineTimer(options.clock, () => this.#step({ type: 'tick' }))
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
    return this.#announcer.status
  }

  /** Whether what this server votes is stored; without a quorum there is nothing to store. */
  get canVote(): boolean {
    return !(this.#core instanceof GmsCore) || this.#core.canVote
  }

  /** Whom this server could not dial lately, and who could not dial it. */
  get reach(): Reach {
    return this.#core instanceof GmsCore ? this.#core.reach(this.#options.clock.monotonicMs()) : { others: [], by: [] }
  }

  /** The slaves that take the record from this server. */
  get followers(): readonly NodeName[] {
    return this.#core instanceof GmsCore ? this.#core.followers : []
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
    this.#connect(this.#discovery)
    this.#learnServers()
    const { role, quorum } = this.#options
    if (role === 'slave' || quorum === 'none') {
      this.#begin(undefined, 'sole')
      ready()
      return
    }
    this.#agreement = new Agreement(this.#agreementOptions(network), this)
    this.control.connect(this.#agreement.protocol)
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
   * @throws MetadataError when it is more than a view can carry; nothing has changed then
   */
  describe(metadata: MemberMetadata): void {
    const fault = metadataFault(metadata)
    if (fault !== undefined) throw new MetadataError(fault)
    this.#metadata = structuredClone(metadata)
    this.#step({ type: 'describe', metadata: this.#metadata })
  }

  /** Somebody outside says that a member is dead: it is probed at once, and expelled soon if nobody reaches it. */
  report(name: NodeName): void {
    this.#step({ type: 'report', name })
  }

  /**
   * Wants something of a part of the record. The id makes a repeated try the same operation: it takes effect once (rule S2).
   *
   * @param ended told once, when it is decided and settled, refused, or late
   * @returns its id
   * @throws OperationInvalidError for what cannot be an operation; nothing has changed then
   */
  propose(wanted: WantedOperation, ended: OperationEnded = () => undefined, timeoutMs = operationTimeoutMs): string {
    const operation = this.#calls.begin(wanted, timeoutMs, ended)
    if (!this.#core || this.#stopped || this.status.phase === 'left')
      this.#calls.end(operation.id, { kind: 'timed-out', mayHaveHappened: false })
    else this.#step({ type: 'propose', operation, forMs: timeoutMs })
    return operation.id
  }

  /** Takes the member's present life out of the view, and with a bar keeps its name out (rule M8). */
  expel(name: NodeName, bar?: Bar, ended?: OperationEnded): void {
    const incarnation = this.record?.view.members.find((member) => member.name === name)?.incarnation
    const body = { do: 'expel', name, ...(incarnation !== undefined && { incarnation }), ...(bar && { bar }) }
    this.propose({ part: membersPart, body }, ended)
  }

  /** Another process answers from there under this node's name; the later one of the two does not join. */
  nameTaken(at: string, incarnation: Incarnation): void {
    this.#step({ type: 'name-taken', at, incarnation })
  }

  /** Lets a barred name in again. */
  admit(name: NodeName, ended?: OperationEnded): void {
    this.propose({ part: membersPart, body: { do: 'admit', name } }, ended)
  }

  /** Leaves the group in order; `left` follows within the leave time-out, whatever the others do. */
  leave(left: () => void): void {
    if (this.#stopped || !this.#core || this.status.phase === 'left') return left()
    this.#onLeft.push(left)
    this.#step({ type: 'leave' })
  }

  /** Ends without a word: what remains is for the others to find out. */
  stop(): void {
    this.#stopped = true
    this.#timer.stop()
    this.#discovery?.stop()
    this.#agreement?.stop()
    this.#calls.endAll()
  }

  /**
   * Rule M3: to be called before anything that waited during a pause is taken.
   *
   * @param awayMs how long the process was away lately, shorter stops included
   */
  resumed(gapMs: number, awayMs = gapMs): void {
    this.#agreement?.resumed(gapMs)
    this.#step({ type: 'resumed', gapMs, awayMs })
  }

  onMessage(from: Peer, bytes: Uint8Array): void {
    this.control.onMessage(from, bytes)
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

  onStorage(isWell: boolean): void {
    this.#isStorageWell = isWell
    this.#step({ type: 'storage', isWell })
  }

  onProposalFailed(id: number, why: 'lost' | 'no-quorum' | 'too-large'): void {
    this.#step({ type: 'proposal-failed', id, why })
  }

  /** Those who talk over the control links of this node, as far as membership starts them. */
  #connect(discovery: DiscoveryRuns): void {
    const { control } = this
    control.connect(gmsProtocol((from, message) => this.#step({ type: 'message', from, message })))
    control.connect(discovery.controlProtocol)
    control.connect({
      prefix: 'merge',
      decode: (value) => decodedOr(this.#merging.decode(value)),
      isForSlaves: () => false,
      onMessage: (from, message) => this.#step({ type: 'merge-message', from, message }),
    })
  }

  #learnServers(): void {
    for (const { name, address } of this.#servers) {
      const inView = this.record?.view.members.some((member) => member.name === name)
      // What a member said of itself is newer than a file.
      if (name !== this.#options.name && !inView) this.#network?.learn(name, address)
    }
  }

  #beginDiscovery(network: Network): DiscoveryRuns {
    return beginDiscovery(this.#options, network, {
      logger: this.#logger,
      incarnation: () => this.#incarnation,
      servers: () => this.#servers,
      members: () => this.record?.view.members ?? [],
      answer: () => this.#answer(),
      nameTaken: (remote, life) => this.nameTaken(remote, life),
      answered: (address, peer) => this.#step({ type: 'answered', address, peer }),
      found: (purpose, answers) => this.#discovered(purpose, answers),
    })
  }

  /** Who only joins and is not in yet has nothing to say to newcomers, and is not one of those who form. */
  #answer(): Answer | undefined {
    if (!(this.#core instanceof GmsCore) || !this.#core.isFindable) return undefined
    const isOutsider = this.#options.joinOnly === true && this.record === undefined
    return isOutsider ? undefined : this.#core.answer
  }

  #discovered(purpose: DiscoveryPurpose, answers: readonly Answer[]): void {
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
    this.#core = coreOf(this.#options, {
      ...{ incarnation: this.#incarnation, voterId, stored, metadata: this.#metadata, parts: this.#parts },
      ...{ merging: this.#merging, pending: () => this.#agreement?.pending, rules: this.#rules },
    })
    // Its first vote may have failed before there was a core to tell.
    if (!this.#isStorageWell) this.#step({ type: 'storage', isWell: false })
    this.#step({ type: 'start' })
  }

  #step(event: GmsEvent): void {
    // Before the core is there, nobody waits for it.
    if (this.#core) this.#turns.push(event)
  }

  #take(event: GmsEvent): void {
    if (!this.#core || this.#stopped) return
    const nowMs = this.#options.clock.monotonicMs()
    for (const effect of this.#core.step(event, nowMs, this.#options.clock.wallMs())) this.#carryOut(effect)
    this.#lastSent = undefined
    this.#timer.arm(this.#core.nextMs)
  }

  #carryOut(effect: GmsEffect): void {
    const network = this.#network!
    switch (effect.type) {
      case 'send':
        return network.send(effect.to, this.#encoded(effect.message))
      case 'learn-address':
        if (effect.name !== this.#options.name) network.learn(effect.name, effect.address)
        return
      case 'disconnect':
        return network.disconnect(effect.name)
      case 'dial':
        return network.probe(effect.address, effect.timeoutMs, (outcome) => this.#dialled(effect.token, outcome))
      case 'discover':
        return this.#discovery?.start(effect.purpose, effect.addresses, effect.thorough)
      case 'propose':
        return this.#agreement?.propose(effect.id, effect.next)
      case 'learn-record':
        return this.#agreement?.learn(effect.from, effect.record)
      case 'operation-ended':
        return this.#calls.end(effect.id, effect.result)
      case 'part-failed':
        return this.#logger.error(
          { event: 'operation.part-failed', part: effect.part, err: effect.cause },
          'an operation was refused because its part failed; this is a fault of the program',
        )
      case 'view':
        this.#partWatch.look(effect.record.state)
        return this.#announcer.tell(effect)
      case 'left':
        for (const left of this.#onLeft.splice(0)) callListener(this.#logger, 'left', left)
        return
      case 'rejoin':
        this.#incarnation = effect.incarnation
        network.beginLife(effect.incarnation)
        return this.#announcer.tell(effect)
      default:
        return this.#announcer.tell(effect)
    }
  }

  /** One message for many is one object, and is encoded once. */
  #encoded(message: object): Uint8Array {
    if (this.#lastSent?.message !== message) this.#lastSent = { message, bytes: encodeControlMessage(message) }
    return this.#lastSent.bytes
  }

  #dialled(token: number, outcome: DialOutcome): void {
    this.#step({ type: 'dialled', token, outcome })
  }
}
