import type { GroupRecord } from '@ring/gms'
import {
  DataMoving,
  dataService,
  decodeServiceMessage,
  type LeadSettings,
  type PlacementSettings,
  placementOf,
  placementPart,
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
  #asking: Program | undefined

  constructor(own: ServicePartHost) {
    this.#own = own
    this.state = placementPart(own.settings)
  }

  get moving(): DataMoving | undefined {
    return this.#moving
  }

  start(host: NodePartHost): void {
    this.#host = host
    if (host.role !== 'server') return
    const { settings, incarnation, plane, release } = this.#own
    const moving = new DataMoving({
      ...{ self: host.name, incarnation, settings, clock: host.clock, logger: host.logger },
      propose: (wanted) => this.propose(wanted),
      send: (to, message) => host.control.send(to, message),
      ask: (server, body, deadlineMs) => this.#ask(server, body, deadlineMs),
      release: () => release(),
    })
    this.#moving = moving
    host.control.connect<ServiceMessage>({
      prefix: 'service',
      decode: (value) => {
        const message = decodeServiceMessage(value)
        return message ? { message } : { fault: 'not valid' }
      },
      isForSlaves: () => false,
      onMessage: (from: Peer, message) => moving.onMessage(from, message),
    })
    const count = () =>
      moving.onPrograms(
        this.#count(() => true),
        this.#count((service) => service === dataService),
      )
    plane().onProgramsChanged(count)
    plane().onDrained((closingAt) => moving.onDrained(closingAt))
    count()
  }

  onRecord(record: GroupRecord): void {
    this.#moving?.onRecord(record)
  }

  /** Wants something of the lifecycle. */
  async propose(wanted: ServiceOperation): Promise<ServiceOutcome> {
    if (!this.#host) throw new TypeError('the node was not started')
    return (await this.#host.propose(wanted)) as ServiceOutcome
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
    this.#asking ??= this.#host!.embed({ role: 'client', name: 'ring-merge' })
    return this.#asking.service(dataService).requestTo(server, body, { deadlineMs, whenFull: 'wait' })
  }
}

/** These end by themselves. */
const waitsFor: ReadonlySet<string> = new Set(['operating', 'closing', 'already-going'])
