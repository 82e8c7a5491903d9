import { type NodeDump, type NodeReport, slavesAlone } from '@ring/control-protocol'
import { endpointAddresses, isHost, isPort, type NodeAddress } from './node-address.ts'
import { labelOf, type NodeAnswer, type PictureNode, type RingPicture } from './picture.ts'

/** A node that is known before anybody was asked. */
export interface Seed {
  readonly label: string
  readonly host: string
  readonly ctlPort: number
  readonly addresses: readonly NodeAddress[]
  readonly role: 'server' | 'slave'
}

interface Entry extends Seed {
  id: string | undefined
  role: 'server' | 'slave'
  label: string
  readonly isConfigured: boolean
  answer: NodeAnswer | undefined
}

/** Whom to ask next. */
export interface Question {
  readonly key: number
  readonly label: string
  readonly addresses: readonly NodeAddress[]
}

const nodesMax = 4_096

/**
 * Finds the nodes of a ring from a few of them: who is asked answers with all that it knows, and whoever is new in that is asked
 * too. A node is one by its chmpxid, under whatever name it was dialled; before it has answered, by its name.
 */
export class Gathering {
  readonly #entries: Entry[] = []
  readonly #byId = new Map<string, Entry>()
  readonly #byLabel = new Map<string, Entry>()
  readonly #fromSeedsOnly: boolean
  readonly #group: string | undefined
  /** Answers of other groups, or twice of one node: they are not of this picture. */
  readonly remarks: string[] = []

  constructor(seeds: readonly Seed[], options: { readonly fromSeedsOnly?: boolean; readonly group?: string } = {}) {
    this.#fromSeedsOnly = options.fromSeedsOnly ?? false
    this.#group = options.group
    for (const seed of seeds) {
      if (!this.#byLabel.has(seed.label)) this.#add({ ...seed, id: undefined, isConfigured: true, answer: undefined })
    }
  }

  /** Those that nobody has asked yet; each is named once. */
  #asked = 0
  next(): readonly Question[] {
    const from = this.#asked
    this.#asked = this.#entries.length
    return this.#entries.slice(from).map(({ label, addresses }, place) => ({ key: from + place, label, addresses }))
  }

  take({ key }: Pick<Question, 'key'>, answer: NodeAnswer): void {
    const entry = this.#entries[key]!
    entry.answer = answer
    if (answer.kind === 'silent') return
    const { dump } = answer
    if (this.#group !== undefined && dump.group !== this.#group) {
      const why = `it is of the group ${dump.group}, not of ${this.#group}`
      this.remarks.push(`${entry.label} is left out: ${why}.`)
      entry.answer = { kind: 'silent', code: 'RING_LINETOOL_OTHER_GROUP', why }
      return
    }
    this.#isItself(entry, dump)
    if (this.#fromSeedsOnly) return
    for (const report of dump.servers) this.#found(report, 'server')
    for (const report of slavesAlone(dump)) this.#found(report, 'slave')
  }

  /** All that was found, once nobody is left to ask. */
  picture(atMs: number): RingPicture {
    const groups = this.#entries.flatMap(({ answer }) => (answer?.kind === 'dump' ? [answer.dump.group] : []))
    const ranks = this.#ringOrder()
    const shown = this.#entries.filter((entry) => entry.answer !== undefined && !this.#isOtherName(entry))
    const rankOf = (entry: Entry) => ranks.get(entry.id ?? '') ?? Number.MAX_SAFE_INTEGER
    const sorted = shown.sort(
      (one, other) =>
        Number(one.role === 'slave') - Number(other.role === 'slave') ||
        rankOf(one) - rankOf(other) ||
        (one.label < other.label ? -1 : 1),
    )
    return { atMs, group: groups[0] ?? this.#group ?? '', nodes: sorted.map((entry) => nodeOf(entry)) }
  }

  #add(entry: Entry): void {
    if (this.#entries.length >= nodesMax) return
    this.#entries.push(entry)
    this.#byLabel.set(entry.label, entry)
    if (entry.id !== undefined) this.#byId.set(entry.id, entry)
  }

  /** Who it is that has answered. A node that was dialled under two names is listed once. */
  #isItself(entry: Entry, { self }: NodeDump): void {
    const known = this.#byId.get(self.id)
    if (known !== undefined && known !== entry) {
      if (known.answer === undefined || known.answer.kind === 'silent') known.answer = entry.answer
      entry.answer = undefined
      return
    }
    entry.id = self.id
    entry.label = labelOf(self)
    entry.role = self.mode
    this.#byId.set(self.id, entry)
  }

  #found(report: NodeReport, role: 'server' | 'slave'): void {
    const label = labelOf(report)
    const known = this.#byId.get(report.id) ?? this.#named(label)
    if (known !== undefined) {
      known.id ??= report.id
      this.#byId.set(report.id, known)
      if (role === 'server') known.role = 'server'
      return
    }
    if (!isPort(report.ctlport) || !isHost(report.name)) return
    const own = { host: report.name, port: report.ctlport }
    const addresses = [...endpointAddresses(report.ctlendpoints, report.ctlport), own]
    const place = { label, host: report.name, ctlPort: report.ctlport, addresses }
    this.#add({ ...place, role, id: report.id, isConfigured: false, answer: undefined })
  }

  /** One of that name of which nobody knows yet who it is. */
  #named(label: string): Entry | undefined {
    const entry = this.#byLabel.get(label)
    return entry?.id === undefined ? entry : undefined
  }

  /**
   * Of this machine a configuration may say `localhost`, where the ring shows an address: a node that does not answer under the
   * one name is shown under the other only.
   */
  #isOtherName(entry: Entry): boolean {
    if (entry.id !== undefined || !/^(?:localhost|127\.|::1$)/.test(entry.host)) return false
    return this.#entries.some((other) => other.id !== undefined && other.ctlPort === entry.ctlPort)
  }

  /** As the node sees it that knows most servers. */
  #ringOrder(): ReadonlyMap<string, number> {
    const lists = this.#entries.flatMap(({ answer }) => (answer?.kind === 'dump' ? [answer.dump.servers] : []))
    const longest = lists.reduce<readonly NodeReport[]>((most, list) => (list.length > most.length ? list : most), [])
    return new Map(longest.map(({ id }, place) => [id, place]))
  }
}

function nodeOf({ label, host, ctlPort, role, addresses, id, isConfigured, answer }: Entry): PictureNode {
  return { label, host, ctlPort, role, addresses, id, isConfigured, answer: answer! }
}
