import { isSafeState, type NodeReport, type ServerState, stateWords } from '@ring/control-protocol'
import { quoted } from '../line/words.ts'
import { type Account, dumpOf, isRingNode, type PictureNode } from '../ring/picture.ts'
import { type CheckedRing, type Finding, namesText, type Rule, type Severity } from './finding.ts'

/** What a node is compared by: its own word, or, where it does not answer, that of the first who sees it. */
interface Basis {
  readonly report: NodeReport
  readonly whose: string
  readonly accounts: readonly Account[]
}

function basisOf(node: PictureNode, { accounts }: CheckedRing): Basis | undefined {
  const others = accounts.of(node)
  const own = dumpOf(node)?.self
  if (own !== undefined) return { report: own, whose: node.label, accounts: others }
  const [first, ...rest] = others
  return first && { report: first.report, whose: first.observer.label, accounts: rest }
}

const said = {
  ring: (state: ServerState) => ({ slave: 'SLAVE', out: 'SERVICE OUT', in: 'SERVICE IN' })[state.ring],
  up: (state: ServerState) => (state.up ? 'UP' : 'DOWN'),
  action: (state: ServerState) => ({ none: 'n/a', add: 'ADD', delete: 'DELETE' })[state.action],
  progress: (state: ServerState) => state.progress,
  detached: (state: ServerState) => (state.detached ? 'without programs' : 'with programs'),
} as const

/** A part of what is said of a node, and what a difference in it means. */
interface Compared {
  readonly id: string
  readonly severity: Severity
  readonly about: string
  readonly what: string
  said(report: NodeReport): string
}

const slot = (hash: number | undefined): string => (hash === undefined ? 'no slot' : `slot ${hash}`)

const statusParts: readonly Compared[] = (Object.keys(said) as (keyof typeof said)[]).map((part) => ({
  id: 'status',
  severity: 'error',
  about: 'nodes disagree about the state of a node, part by part',
  what: 'state',
  said: ({ state }) => said[part](state),
}))

const hashes: readonly Compared[] = [
  {
    ...{ id: 'base-hash', severity: 'error', what: 'base hash' },
    about: 'nodes disagree about which slot of the keys a server owns now',
    said: ({ baseHash }) => slot(baseHash),
  },
  {
    ...{ id: 'pending-hash', severity: 'warning', what: 'pending hash' },
    about: 'nodes disagree about which slot a server owns after the merge',
    said: ({ pendingHash }) => slot(pendingHash),
  },
]

/** One finding for each thing that others say instead. */
function differences(node: PictureNode, compared: Compared, ring: CheckedRing): readonly Finding[] {
  const basis = basisOf(node, ring)
  if (basis === undefined) return []
  const own = compared.said(basis.report)
  const others = new Map<string, string[]>()
  for (const { observer, report } of basis.accounts) {
    const other = compared.said(report)
    if (other !== own) others.set(other, [...(others.get(other) ?? []), observer.label])
  }
  const says = basis.whose === node.label ? 'says of itself' : `is said by ${basis.whose} to be`
  return [...others].map(([other, who]) => ({
    ...{ rule: compared.id, severity: compared.severity, node: node.label, between: [basis.whose, ...who] },
    text: `${says} ${own}, and ${namesText(who)} ${who.length === 1 ? 'says' : 'say'} ${other} (${compared.what})`,
    mend: node.role === 'server' && dumpOf(node) !== undefined ? [`statusupdate ${quoted(node.label)}`] : [],
    advice: 'A change that is on its way looks like this for a moment: check again first.',
  }))
}

const comparing = (parts: readonly Compared[]): Rule => ({
  id: parts[0]!.id,
  about: parts[0]!.about,
  look: (ring) => ring.picture.nodes.flatMap((node) => parts.flatMap((part) => differences(node, part, ring))),
})

export const statusDiffers: Rule = comparing(statusParts)
export const baseHashDiffers: Rule = comparing(hashes.slice(0, 1))
export const pendingHashDiffers: Rule = comparing(hashes.slice(1))

/** A server that answers, and that another node does not list. */
export const unknownServers: Rule = {
  id: 'unknown',
  about: 'a node does not know a server that answers',
  look(ring) {
    const there = ring.servers.filter((node) => dumpOf(node) !== undefined)
    return there.flatMap((node) => {
      const knowing = new Set(ring.accounts.of(node).map(({ observer }) => observer.label))
      const who = ring.answers
        .map(({ node: other }) => other.label)
        .filter((label) => label !== node.label && !knowing.has(label))
      if (who.length === 0) return []
      return [
        {
          ...{ rule: 'unknown', severity: 'error', node: node.label, between: [node.label, ...who] },
          text: `is not known to ${namesText(who)}`,
          mend: [`statusupdate ${quoted(node.label)}`],
          advice: 'Look whether they have the same configuration, and reach each other.',
        } as const,
      ]
    })
  },
}

/** The state of a node is none that its life has. */
export const impossibleStates: Rule = {
  id: 'impossible',
  about: 'a node is in a state that its life does not have (NOT SAFE)',
  look(ring) {
    return ring.picture.nodes.flatMap((node) => {
      const report = ring.accounts.best(node)
      if (report === undefined || isSafeState(report.state)) return []
      return [
        {
          ...{ rule: 'impossible', severity: 'error', node: node.label, between: [node.label] },
          text: `is in a state that cannot be: ${stateWords(report.state)}`,
          mend: [`statusupdate ${quoted(node.label)}`],
          advice: undefined,
        } as const,
      ]
    })
  },
}

/** Links that only one end counts. Ring's links are not told one by one, so only nodes of CHMPX are compared. */
export const socketsDiffer: Rule = {
  id: 'sockets',
  about: 'two CHMPX nodes do not count the same connections between them',
  look(ring) {
    const chmpx = ring.picture.nodes.filter((node) => dumpOf(node) !== undefined && !isRingNode(node))
    return chmpx.flatMap((node) => {
      const others = chmpx.filter((other) => other !== node)
      const own = socketCounts(node, others)
      const counts = others.map((other) => socketCountsSeenBy(other, node))
      const seen = { in: sum(counts.map((one) => one.in)), out: sum(counts.map((one) => one.out)) }
      if (seen.in === own.in && seen.out === own.out) return []
      return [
        {
          ...{ rule: 'sockets', severity: 'error', node: node.label, between: chmpx.map(({ label }) => label) },
          text: `counts ${own.in} connections in and ${own.out} out, and the others together ${seen.in} and ${seen.out}`,
          mend: [],
          advice: 'Check again; if it stays, a connection is half open: restart the node at the end that counts more.',
        } as const,
      ]
    })
  },
}

export interface SocketCounts {
  readonly in: number
  readonly out: number
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
const countIn = (reports: readonly NodeReport[]): number => sum(reports.map(({ sockets }) => sockets.length))

/**
 * In: those that dialled it, which a node lists as slaves, whatever they are. Out: the servers that it has dialled.
 *
 * @param others with whom; all when not given
 */
export function socketCounts(node: PictureNode, others?: readonly PictureNode[]): SocketCounts {
  const dump = dumpOf(node)
  if (dump === undefined) return { in: 0, out: 0 }
  const ids = others && new Set(others.map(({ id }) => id))
  const counted = (reports: readonly NodeReport[]) => countIn(reports.filter(({ id }) => ids?.has(id) ?? true))
  return { in: counted(dump.slaves), out: counted(dump.servers) }
}

export function socketCountsSeenBy(observer: PictureNode, { id }: PictureNode): SocketCounts {
  const dump = dumpOf(observer)
  if (dump === undefined) return { in: 0, out: 0 }
  const of = (reports: readonly NodeReport[]) => countIn(reports.filter((report) => report.id === id))
  return { in: of(dump.servers), out: of(dump.slaves) }
}
