import type { View } from '@ring/gms'
import type { Peer } from '@ring/platform'
import type { Giver } from '../core/moving/merge-plan.ts'
import type { ServiceReport } from './service-messages.ts'

interface Known {
  readonly incarnation: number
  report: ServiceReport | undefined
  closed: { readonly merge: string; readonly at: number } | undefined
}

/** What servers said of themselves last: which programs they have, how far they are, what they have closed. */
export class ServerReports {
  readonly self: string
  readonly #known = new Map<string, Known>()
  #sequence = 0

  /** @param self whose own reports are kept here as well */
  constructor(self: string) {
    this.self = self
  }

  nextSequence(): number {
    return ++this.#sequence
  }

  of(server: string): ServiceReport | undefined {
    return this.#known.get(server)?.report
  }

  /** For which closing of a merge this life has said that it closed what it gives; 0 for none. */
  closedAt({ server, incarnation }: Giver, merge: string): number {
    const known = this.#known.get(server)
    return known?.incarnation === incarnation && known.closed?.merge === merge ? known.closed.at : 0
  }

  onReport({ name, incarnation }: Pick<Peer, 'name' | 'incarnation'>, report: ServiceReport): void {
    const known = this.#lifeOf(name, incarnation)
    if (known && (known.report?.sequence ?? 0) < report.sequence) known.report = report
  }

  onClosed({ server, incarnation }: Giver, merge: string, closingAt: number): void {
    const known = this.#lifeOf(server, incarnation)
    if (known) known.closed = { merge, at: closingAt }
  }

  /** Nothing is kept of lives that are not in the view. */
  onView({ members }: View): void {
    const lives = new Map<string, number>(members.map(({ name, incarnation }) => [name, incarnation]))
    for (const [name, { incarnation }] of this.#known)
      if ((lives.get(name) ?? 0) > incarnation || !lives.has(name)) this.#known.delete(name)
  }

  /** An older life says nothing any more. */
  #lifeOf(name: string, incarnation: number): Known | undefined {
    const present = this.#known.get(name)
    if (present && present.incarnation > incarnation) return undefined
    if (present?.incarnation === incarnation) return present
    if (!present && this.#known.size >= serversMax) return undefined
    const known: Known = { incarnation, report: undefined, closed: undefined }
    this.#known.set(name, known)
    return known
  }
}

const serversMax = 1_024
