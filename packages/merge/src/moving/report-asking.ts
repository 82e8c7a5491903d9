import type { GroupRecord } from '@ring/gms'
import type { Clock, NodeName, Peer, Timer } from '@ring/platform'
import { ServerReports } from './server-reports.ts'
import type { ServiceMessage } from './service-messages.ts'

const askAgainMs = 10_000

/** A slave's side: it asks each server what it is, and keeps what they say. */
export class ReportAsking {
  readonly reports: ServerReports
  readonly #clock: Clock
  readonly #send: (to: NodeName, message: ServiceMessage) => void
  #servers: readonly NodeName[] = []
  #timer: Timer | undefined

  constructor(self: NodeName, clock: Clock, send: (to: NodeName, message: ServiceMessage) => void) {
    this.reports = new ServerReports(self)
    this.#clock = clock
    this.#send = send
  }

  onRecord({ view }: GroupRecord): void {
    this.reports.onView(view)
    const servers = view.members.map(({ name }) => name)
    const isSame = servers.length === this.#servers.length && servers.every((name, at) => name === this.#servers[at])
    this.#servers = servers
    if (!isSame) this.ask()
  }

  onMessage(from: Peer, message: ServiceMessage): void {
    if (message.type === 'service.report') this.reports.onReport(from, message.report)
  }

  ask(): void {
    for (const name of this.#servers) this.#send(name, { type: 'service.report-req' })
    this.#timer?.cancel()
    this.#timer = this.#clock.after(askAgainMs, () => this.ask())
  }

  stop(): void {
    this.#timer?.cancel()
  }
}
