import type { GroupRecord } from '@ring/gms'
import type { Clock, Incarnation, Logger, NodeName, Peer, Timer } from '@ring/platform'
import { Leading, type LeadSettings } from '../core/moving/leading.ts'
import { type Giver, heldBy, mergePlanOf } from '../core/moving/merge-plan.ts'
import type { Selection } from '../core/moving/selection.ts'
import type { DataRules } from '../core/service/data-rules.ts'
import type { ServiceOperation, ServiceOutcome } from '../core/service/operation.ts'
import { placementOf } from '../core/service/placement-state.ts'
import { traitsOf } from '../core/service/service-state.ts'
import { type DataRequest, packData } from './data-messages.ts'
import { LateAskers } from './late-askers.ts'
import { MergeSession } from './merge-session.ts'
import { ServerReports } from './server-reports.ts'
import type { ServiceMessage, ServiceReport } from './service-messages.ts'

/** What a node gives those who move its data. */
export interface MovingHost {
  readonly self: NodeName
  readonly incarnation: () => Incarnation
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: LeadSettings
  readonly rules: DataRules
  propose(wanted: ServiceOperation): Promise<ServiceOutcome>
  /** Best effort, to another server. */
  send(to: NodeName, message: ServiceMessage): void
  /** Asks the program that serves data at a server. */
  ask(server: string, body: Uint8Array, deadlineMs: number): Promise<Uint8Array>
  /** What this server has gained may be handed to its programs: they have what belongs to it. */
  release(): void
}

const lookMs = 100
/** How often others hear how far this server is with a merge. */
const reportMs = 1_000
const afterRefusalMs = 300
const askMs = 10_000
const retryMs = 300

/**
 * The lifecycle at one server, beside the record: it moves the data that a merge is about, says what only this node knows (which
 * programs it has, that it is done, that it closed), and, where this node coordinates, sees to it that merges end.
 */
export class DataMoving {
  readonly reports: ServerReports
  readonly #host: MovingHost
  readonly #leading: Leading
  #record: GroupRecord | undefined
  #session: MergeSession | undefined
  /** What the program is told of merges that have ended, one after the other. */
  #ending: Promise<void> = Promise.resolve()
  #endings = 0
  #programs = { all: 0, data: 0, hadData: false }
  /** This life's data is gone, and the ring has not been told yet. */
  #isEmptied = false
  #isProposing = false
  #mayProposeMs = 0
  #toldMs = 0
  #reportedMs = 0
  #timer: Timer | undefined
  #isStopped = false
  /** Slaves that asked what this server is. */
  readonly #askers = new LateAskers()

  constructor(host: MovingHost) {
    this.#host = host
    this.#leading = new Leading(host.settings)
    this.reports = new ServerReports(host.self)
  }

  onRecord(record: GroupRecord): void {
    const known = new Set<string>(this.#record?.view.members.map(lifeOf))
    this.#record = record
    this.reports.onView(record.view)
    const isLeading = record.view.members.find(({ witness }) => witness !== true)?.name === this.#host.self
    this.#leading.onRecord(record, isLeading, this.#nowMs)
    this.#followMerge(record)
    if (record.view.members.some((member) => !known.has(lifeOf(member)))) this.report()
    this.#toldMs = 0
    this.look()
  }

  /** Server programs come and go. */
  onPrograms(all: number, data: number): void {
    if (all === this.#programs.all && data === this.#programs.data) return
    const wasEmptied = this.#programs.data > 0 && data === 0
    this.#programs = { all, data, hadData: this.#programs.hadData || data > 0 }
    if (wasEmptied) {
      this.#isEmptied = true
      this.#session?.emptied()
    }
    this.report()
    this.look()
  }

  onDrained(closingAt: number): void {
    this.#session?.drained(closingAt)
  }

  onMessage(from: Peer, message: ServiceMessage): void {
    switch (message.type) {
      case 'service.closed':
        return this.#closed(from.name, from.incarnation, message.merge, message.closingAt)
      case 'service.filled':
        this.#leading.said(
          'filled',
          { server: from.name, incarnation: from.incarnation },
          message.merge,
          message.closingAt,
        )
        return this.look()
      case 'service.report':
        return this.reports.onReport(from, message.report)
      case 'service.report-req':
        if (from.role === 'slave') this.#askers.asked(from.name, this.#nowMs)
        return this.#host.send(from.name, { type: 'service.report', report: this.#ownReport() })
    }
  }

  /** Says to all what this node is, anew; and asks them to do so. */
  report(): void {
    this.#reportedMs = this.#nowMs
    const report = this.#ownReport()
    this.reports.onReport(this.#life, report)
    this.#toOthers({ type: 'service.report', report })
    for (const slave of this.#askers.lately(this.#nowMs)) this.#host.send(slave, { type: 'service.report', report })
  }

  askReports(): void {
    this.#toOthers({ type: 'service.report-req' })
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    void this.#session?.end()
  }

  #followMerge(record: GroupRecord): void {
    const plan = mergePlanOf(record, this.#host.self)
    const session = this.#session
    if (session && plan?.id !== session.id) {
      this.#session = undefined
      this.#endMerge(record, session)
    }
    if (plan && this.#session) this.#session.setPlan(plan)
    else if (plan) {
      this.#session = new MergeSession(plan, this.#sessionHost())
      this.#session.drive()
    }
  }

  /** Programs know how the last merges went on. */
  #release(): void {
    const isTold = this.#endings === 0 && this.#session?.isOpening !== true
    if (isTold || !this.#host.rules.tellsFirst) this.#host.release()
  }

  #sessionHost() {
    const { self, clock, logger, rules, ask } = this.#host
    return {
      ...{ self, clock, logger, rules, ask },
      hasData: () => this.#programs.data > 0,
      knowsEnds: () => this.#endings === 0,
      holdsData: (server: string) => this.reports.of(server)?.hadData,
      closedAt: (giver: Giver, merge: string) => this.reports.closedAt(giver, merge),
      changed: () => this.look(),
    }
  }

  /** Whoever holds data here hears how it ended before anything of it is asked for. */
  #endMerge(record: GroupRecord, session: MergeSession): void {
    const { id: merge, gained } = session
    const isSettled = session.end()
    const { self } = this.#host
    const isCommitted = placementOf(record)?.ended?.find((one) => one.id === merge)?.committed === true
    const end: DataRequest = isCommitted
      ? { op: 'commit', merge, gained: copied(gained), holds: copied([heldBy(record, self)])[0]! }
      : { op: 'abort', merge }
    this.#endings++
    this.#ending = Promise.all([this.#ending, isSettled])
      .then(() => this.#tellProgram(end))
      .then(() => {
        this.#endings--
        this.#session?.drive()
        this.look()
      })
  }

  /** Until it has heard it, or is gone with all that it had. */
  async #tellProgram(end: DataRequest): Promise<void> {
    while (this.#programs.data > 0 && !this.#isStopped) {
      try {
        await this.#host.ask(this.#host.self, packData(end), askMs)
        return
      } catch (error) {
        this.#host.logger.warn(
          { event: 'merge.held-up', merge: end.merge, what: end.op, err: error },
          'a merge does not end',
        )
        await new Promise<void>((resolve) => this.#host.clock.after(retryMs, resolve))
      }
    }
  }

  #closed(server: NodeName, incarnation: Incarnation, merge: string, closingAt: number): void {
    this.#leading.said('closed', { server, incarnation }, merge, closingAt)
    this.reports.onClosed({ server, incarnation }, merge, closingAt)
    this.#session?.drive()
    this.look()
  }

  /** Whether anything is to be said or wanted now. */
  look(): void {
    if (this.#isStopped || !this.#record) return
    this.#release()
    this.#tell(this.#record)
    if (this.#session && this.#nowMs >= this.#reportedMs + reportMs) this.report()
    const wanted = this.#wanted(this.#record)
    if (wanted && !this.#isProposing && this.#nowMs >= this.#mayProposeMs) this.#propose(wanted)
    this.#timer?.cancel()
    const { movesData } = this.#host.settings
    if (movesData) this.#timer = this.#host.clock.after(lookMs, () => this.look())
  }

  #tell(record: GroupRecord): void {
    const closingAt = placementOf(record)?.merge?.closingAt
    const session = this.#session
    if (!session || closingAt === undefined || this.#nowMs < this.#toldMs + lookMs) return
    const life: Giver = { server: this.#host.self, incarnation: this.#host.incarnation() }
    if (!session.isClosed && !session.isFilled) return
    this.#toldMs = this.#nowMs
    const { id: merge } = session
    if (session.isClosed) {
      this.#toOthers({ type: 'service.closed', merge, closingAt })
      this.#leading.said('closed', life, merge, closingAt)
      this.reports.onClosed(life, merge, closingAt)
    }
    if (!session.isFilled) return
    this.#toOthers({ type: 'service.filled', merge, closingAt })
    this.#leading.said('filled', life, merge, closingAt)
  }

  #wanted(record: GroupRecord): ServiceOperation | undefined {
    const { self, settings } = this.#host
    const incarnation = this.#host.incarnation()
    if (!record.view.members.some((member) => member.name === self && member.incarnation === incarnation))
      return undefined
    if (this.#isEmptied) return { do: 'emptied', server: self, incarnation }
    const led = this.#leading.wanted(this.#nowMs)
    if (led) return led
    const { services = {}, merge } = placementOf(record) ?? {}
    const { is, held } = services[self] ?? { is: 'out' }
    if (merge && this.#session?.id === merge.id && this.#session.isDone && traitsOf(is).progress === 'doing')
      return { do: 'done', merge: merge.id, plannedAt: merge.plannedAt, server: self, incarnation }
    const mayCome = settings.movesData && settings.automatic && is === 'out' && !held && !merge
    return mayCome && this.#programs.all > 0 ? { do: 'service-in', server: self, auto: true } : undefined
  }

  /** One at a time: what this node says of itself stays in order. */
  #propose(wanted: ServiceOperation): void {
    this.#isProposing = true
    if (wanted.do === 'emptied') this.#isEmptied = false
    this.#host
      .propose(wanted)
      .then(
        ({ ok }) => {
          if (!ok) this.#mayProposeMs = this.#nowMs + afterRefusalMs
        },
        (error: unknown) => {
          if (wanted.do === 'emptied') this.#isEmptied = true
          this.#mayProposeMs = this.#nowMs + afterRefusalMs
          this.#host.logger.debug(
            { event: 'merge.not-proposed', wanted: wanted.do, err: error },
            'nothing is decided now',
          )
        },
      )
      .finally(() => {
        this.#isProposing = false
        this.look()
      })
  }

  #toOthers(message: ServiceMessage): void {
    for (const { name } of this.#record?.view.members ?? [])
      if (name !== this.#host.self) this.#host.send(name, message)
  }

  #ownReport(): ServiceReport {
    const { all, data, hadData } = this.#programs
    const session = this.#session
    const progress = session && { merge: session.id, ...session.progress, ...(session.why && { why: session.why }) }
    return {
      ...{ sequence: this.reports.nextSequence(), programs: all, dataPrograms: data, hadData },
      ...{ atMs: Math.round(this.#host.clock.wallMs()), ...(progress && { progress }) },
    }
  }

  get #life(): Pick<Peer, 'name' | 'incarnation'> {
    return { name: this.#host.self, incarnation: this.#host.incarnation() }
  }

  get #nowMs(): number {
    return this.#host.clock.monotonicMs()
  }
}

function lifeOf({ name, incarnation }: { readonly name: string; readonly incarnation: number }): string {
  return `${incarnation} ${name}`
}

/** As the schema has them: lists that may be written. */
function copied(selections: readonly Selection[]) {
  return selections.map((selection) => selection.map((set) => ({ ...set, runs: [...set.runs] })))
}
