import type { GroupRecord } from '@ring/gms'
import {
  DataMoving,
  type DataRules,
  dataService,
  decodeServiceMessage,
  type LeadSettings,
  type PlacementSettings,
  placementOf,
  placementPart,
  ReportAsking,
  type ServerReports,
  type ServiceMessage,
  type ServiceOperation,
  type ServiceOutcome,
  traitsOf,
} from '@ring/merge'
import type { DataPlane, Program } from '@ring/messaging'
import type { Peer } from '@ring/platform'
import type { NodePart, NodePartHost } from './node-part.ts'

/** What the lifecycle needs of its node that other parts have no use for. */
export interface ServicePartHost {
  readonly settings: PlacementSettings & LeadSettings
  readonly rules: DataRules
  /** So long a node that stops waits until others have its data. */
  readonly stopTimeoutMs: number
  readonly incarnation: () => ReturnType<MovingIncarnation>
  readonly plane: () => Pick<DataPlane, 'programs' | 'onProgramsChanged' | 'onDrained'>
  /** What this server has gained may be handed to its programs. */
  release(): void
}

type MovingIncarnation = ConstructorParameters<typeof DataMoving>[0]['incarnation']

const askAgainMs = 200

/** The service lifecycle of a node: its share of the record, and at servers the data that moves by it. */
export class ServicePart implements NodePart {
  readonly name = 'service'
  readonly state
  readonly #own: ServicePartHost
  #host: NodePartHost | undefined
  #moving: DataMoving | undefined
  #asking: ReportAsking | undefined
  #program: Program | undefined

  constructor(own: ServicePartHost) {
    this.#own = own
    this.state = placementPart(own.settings, own.rules)
  }

  /** What servers said of themselves last. */
  get reports(): ServerReports | undefined {
    return this.#moving?.reports ?? this.#asking?.reports
  }

  /** Says anew what this server is, and asks what the others are. */
  reportAnew(): void {
    this.#moving?.report()
    this.#moving?.askReports()
    this.#asking?.ask()
  }

  start(host: NodePartHost): void {
    this.#host = host
    if (host.role !== 'server') return this.#startAsking(host)
    const { settings, rules, incarnation, plane, release } = this.#own
    const moving = new DataMoving({
      ...{ self: host.name, incarnation, settings, rules, clock: host.clock, logger: host.logger },
      propose: (wanted) => this.propose(wanted),
      send: (to, message) => host.control.send(to, message),
      ask: (server, body, deadlineMs) => this.#ask(server, body, deadlineMs),
      release: () => release(),
    })
    this.#moving = moving
    this.#hear(host, (from, message) => moving.onMessage(from, message))
    const count = () =>
      moving.onPrograms(
        this.#count(() => true),
        this.#count((service) => service === dataService),
      )
    plane().onProgramsChanged(count)
    plane().onDrained((closingAt) => moving.onDrained(closingAt))
    count()
  }

  #startAsking(host: NodePartHost): void {
    const asking = new ReportAsking(host.name, host.clock, (to, message) => host.control.send(to, message))
    this.#asking = asking
    this.#hear(host, (from, message) => asking.onMessage(from, message))
  }

  #hear(host: NodePartHost, onMessage: (from: Peer, message: ServiceMessage) => void): void {
    host.control.connect<ServiceMessage>({
      prefix: 'service',
      decode: (value) => {
        const message = decodeServiceMessage(value)
        return message ? { message } : { fault: 'not valid' }
      },
      isForSlaves: ({ type }) => type === 'service.report-req',
      onMessage,
    })
  }

  onRecord(record: GroupRecord): void {
    this.#moving?.onRecord(record)
    this.#asking?.onRecord(record)
  }

  /** Wants something of the lifecycle. */
  async propose(wanted: ServiceOperation, signal?: AbortSignal): Promise<ServiceOutcome> {
    if (!this.#host) throw new TypeError('the node was not started')
    return (await this.#host.propose(wanted, { ...(signal && { signal }) })) as ServiceOutcome
  }

  /** With AUTOMERGE others get the data of a server that stops, as far as they do in time. */
  async leaving(): Promise<void> {
    const host = this.#host
    const { settings, stopTimeoutMs } = this.#own
    if (!host || host.role !== 'server' || !settings.automatic || !settings.movesData) return
    const untilMs = host.clock.monotonicMs() + stopTimeoutMs
    while (this.#isServing && host.clock.monotonicMs() < untilMs) {
      if (!this.#isGoing) {
        const outcome = await this.propose({ do: 'service-out', server: host.name, leaving: true }).catch(
          () => undefined,
        )
        if (outcome?.ok === false && !waitsFor.has(outcome.why)) break
      }
      await new Promise<void>((resolve) => host.clock.after(askAgainMs, resolve))
    }
    if (this.#isServing)
      host.logger.warn(
        { event: 'service.not-handed-over' },
        'this server stops, and others may lack what only it holds',
      )
  }

  stop(): void {
    this.#moving?.stop()
    this.#asking?.stop()
  }

  get #state() {
    const placement = this.#host?.record && placementOf(this.#host.record)
    return traitsOf(placement?.services?.[this.#host!.name]?.is ?? 'out')
  }

  get #isServing(): boolean {
    return this.#state.isServing
  }

  get #isGoing(): boolean {
    return this.#state.action === 'delete'
  }

  #count(isCounted: (service: string | undefined) => boolean): number {
    return this.#own.plane().programs.filter(({ role, service }) => role === 'server' && isCounted(service)).length
  }

  #ask(server: string, body: Uint8Array, deadlineMs: number): Promise<Uint8Array> {
    this.#program ??= this.#host!.embed({ role: 'client', name: 'ring-merge' })
    return this.#program.service(dataService).requestTo(server, body, { deadlineMs, whenFull: 'wait' })
  }
}

/** These end by themselves. */
const waitsFor: ReadonlySet<string> = new Set(['operating', 'closing', 'already-going'])
