import { type NodeDump, type NodeReport, nodeLabel, slavesAlone } from '@ring/control-protocol'
import type { NodeAddress } from './node-address.ts'
import { withoutControls } from './reply.ts'

/** What came of asking a node. */
export type NodeAnswer =
  | { readonly kind: 'dump'; readonly dump: NodeDump }
  /** It did not answer, or not in a way that says anything; `code` tells programs why, `why` people. */
  | { readonly kind: 'silent'; readonly code: string; readonly why: string }

/** A node of which somebody has told, and its own answer. */
export interface PictureNode {
  /** `host:ctlport`, with the CUK where there is one, as the ring spells it. */
  readonly label: string
  readonly host: string
  readonly ctlPort: number
  readonly role: 'server' | 'slave'
  /** Where it is asked, in turn. */
  readonly addresses: readonly NodeAddress[]
  /** The chmpxid; none of a configured node that has never answered, and that nobody lists. */
  readonly id: string | undefined
  readonly isConfigured: boolean
  readonly answer: NodeAnswer
}

/** The ring as all its nodes tell it at one time. */
export interface RingPicture {
  readonly atMs: number
  readonly group: string
  /** Servers in ring order, then slaves. */
  readonly nodes: readonly PictureNode[]
}

/** How one node sees another, or itself. */
export interface Account {
  readonly observer: PictureNode
  readonly report: NodeReport
}

export const dumpOf = ({ answer }: PictureNode): NodeDump | undefined =>
  answer.kind === 'dump' ? answer.dump : undefined

/** The nodes that answered, each with its answer. */
export function answered(picture: RingPicture): readonly { readonly node: PictureNode; readonly dump: NodeDump }[] {
  return picture.nodes.flatMap((node) => (node.answer.kind === 'dump' ? [{ node, dump: node.answer.dump }] : []))
}

export const serversOf = ({ nodes }: RingPicture): readonly PictureNode[] =>
  nodes.filter(({ role }) => role === 'server')

/** A node of Ring tells more than one of CHMPX. */
export const isRingNode = (node: PictureNode): boolean => dumpOf(node)?.ring !== undefined

/**
 * Who sees what of whom, looked up once: a ring of a hundred nodes has ten thousand accounts.
 */
export class Accounts {
  readonly #bySubject = new Map<string, Account[]>()

  constructor(picture: RingPicture) {
    for (const { node, dump } of answered(picture)) {
      for (const report of [...dump.servers, ...slavesAlone(dump)]) {
        if (report.id !== dump.self.id) this.#add(report.id, { observer: node, report })
      }
    }
  }

  #add(subject: string, account: Account): void {
    const accounts = this.#bySubject.get(subject)
    if (accounts === undefined) this.#bySubject.set(subject, [account])
    else accounts.push(account)
  }

  /** Of others; none of a node that nobody lists. */
  of({ id }: PictureNode): readonly Account[] {
    return id === undefined ? [] : (this.#bySubject.get(id) ?? [])
  }

  /** What is to be shown of a node: its own word, or else what the first server, or whoever it is, says of it. */
  best(node: PictureNode): NodeReport | undefined {
    const own = dumpOf(node)?.self
    if (own !== undefined) return own
    const accounts = this.of(node)
    return (accounts.find(({ observer }) => observer.role === 'server') ?? accounts[0])?.report
  }
}

const labelMax = 400

/** The label of a report, as the picture has it: what a node calls itself is shown, and must not steer a terminal. */
export function labelOf(report: Pick<NodeReport, 'name' | 'ctlport' | 'cuk'>): string {
  return withoutControls(nodeLabel(report)).replaceAll(/\s/g, ' ').slice(0, labelMax)
}
