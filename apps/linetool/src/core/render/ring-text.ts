import { type NodeDump, slavesAlone } from '@ring/control-protocol'
import { Accounts, dumpOf, labelOf, type PictureNode, type RingPicture } from '../ring/picture.ts'
import { withoutControls } from '../ring/reply.ts'
import { ageText, stateCells, stateHead, updateText } from './state-cells.ts'
import { type Cell, tableText } from './table-text.ts'
import type { TextView } from './view.ts'

/** The nodes: who they are, and whether they answer. */
export function nodesText(nodes: readonly PictureNode[], picture: RingPicture, view: TextView): string {
  if (nodes.length === 0) return 'No such node is known.\n'
  const accounts = new Accounts(picture)
  const extras = (['cuk', 'customSeed', 'ctlendpoints'] as const).filter((key) =>
    nodes.some((node) => textOf(accounts.best(node)?.[key]) !== ''),
  )
  const rows = nodes.map((node) => [
    node.label,
    node.role,
    node.id ?? '-',
    ...extras.map((key) => textOf(accounts.best(node)?.[key])),
    answerCell(node),
  ])
  const counts = (['server', 'slave'] as const).map((role) =>
    counted(nodes.filter((node) => node.role === role).length, role),
  )
  return `${tableText(['node', 'role', 'chmpxid', ...extras.map(headOf), 'answers'], rows, view)}${counts.join(', ')}\n`
}

const headOf = (key: 'cuk' | 'customSeed' | 'ctlendpoints'): string =>
  ({ cuk: 'CUK', customSeed: 'seed', ctlendpoints: 'control endpoints' })[key]

const textOf = (value: string | readonly string[] | undefined): string =>
  typeof value === 'string' ? value : (value ?? []).join(',')

export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

export function answerCell({ answer }: PictureNode): Cell {
  if (answer.kind === 'silent') return { text: `no: ${answer.why}`, paint: 'red' }
  return answer.dump.ring === undefined ? 'as CHMPX' : 'yes'
}

/** The state of the ring, each node as it says itself, or as others see it. */
export function statusText(picture: RingPicture, view: TextView): string {
  const accounts = new Accounts(picture)
  const hasRecord = picture.nodes.some((node) => dumpOf(node)?.ring?.record !== undefined)
  const isPlain = picture.nodes.every((node) => answerCell(node) === 'yes')
  const head = ['node', ...stateHead, ...(hasRecord ? ['record'] : []), 'for', ...(isPlain ? [] : ['answers'])]
  const rows = picture.nodes.map((node) => {
    const best = accounts.best(node)
    const record = dumpOf(node)?.ring?.record
    return [
      node.label,
      ...stateCells(best),
      ...(hasRecord ? [record === undefined ? '-' : String(record.version)] : []),
      ageText(best, picture.atMs),
      ...(isPlain ? [] : [answerCell(node)]),
    ]
  })
  return `${headlines(picture)}${tableText(head, rows, view)}`
}

/** What is said of the ring as a whole. */
function headlines(picture: RingPicture): string {
  const dumps = picture.nodes.flatMap((node) => dumpOf(node) ?? [])
  const ring = dumps.find((dump) => dump.ring !== undefined && dump.self.mode === 'server')?.ring ?? dumps[0]?.ring
  const parts = [
    `ring ${picture.group}`,
    ...(ring?.coordinator === undefined ? [] : [`coordinator ${ring.coordinator}`]),
    ...(ring === undefined ? [] : [quorumText(ring.quorum)]),
    ...mergingTexts(dumps),
  ]
  return `${withoutControls(parts.join(' | '))}\n`
}

function quorumText({ mode, isPrimary, missing }: NonNullable<NodeDump['ring']>['quorum']): string {
  if (mode === 'none') return 'no quorum is kept'
  if (isPrimary) return 'primary'
  return missing.length === 0 ? 'no quorum' : `no quorum, missing ${missing.join(', ')}`
}

function mergingTexts(dumps: readonly NodeDump[]): readonly string[] {
  if (dumps.length === 0) return []
  const merge = dumps.find((dump) => dump.ring?.merge !== undefined)?.ring?.merge
  const isOperating = dumps.some((dump) => dump.isOperating)
  const running =
    merge !== undefined ? [`merge ${merge.id} ${merge.phase}`] : isOperating ? ['a merge is under way'] : []
  return [...running, ...(dumps.some((dump) => dump.isSuspended) ? ['merging is suspended'] : [])]
}

/** The ring as one node sees it. */
export function seenText(observer: string, dump: NodeDump, view: TextView): string {
  const rows = [...dump.servers, ...slavesAlone(dump)].map((report) => [
    labelOf(report),
    ...stateCells(report),
    report.port === undefined ? '-' : String(report.port),
    updateText(report),
  ])
  const table = tableText(['node', ...stateHead, 'port', 'last change'], rows, view)
  return `ring ${withoutControls(dump.group)} as ${observer} sees it\n${table}`
}
