import type { MergeProgressReport, MergeReport, NodeDump } from '@ring/control-protocol'
import sparkly from 'sparkly'
import { checkRing } from '../check/check.ts'
import { bar, short } from '../render/figures.ts'
import { answerCell, counted } from '../render/ring-text.ts'
import { durationText, stateCells, stateHead } from '../render/state-cells.ts'
import { type Cell, tableText } from '../render/table-text.ts'
import type { TextView } from '../render/view.ts'
import { Accounts, dumpOf, type PictureNode, type RingPicture } from '../ring/picture.ts'
import { withoutControls } from '../ring/reply.ts'
import { rateOf, totalRate } from './rates.ts'

/** How many pictures the plot shows; more need not be kept. */
export const picturesKept = 60
const barLetters = 24
const plotLetters = 30

/**
 * The live view, from the pictures taken so far, the newest last: what the ring is, what passes through it, how far a merge is, and
 * what the check says.
 */
export function topText(pictures: readonly RingPicture[], view: TextView): string {
  const now = pictures.at(-1)
  if (now === undefined) return ''
  const before = pictures.at(-2)
  const dumps = now.nodes.flatMap((node) => dumpOf(node) ?? [])
  return [
    headText(now, pictures, dumps, view),
    nodesTable(now, before, view),
    ...mergesOf(dumps).map((merge) => mergeText(merge, view)),
    verdictText(now, view),
  ].join('')
}

function headText(
  now: RingPicture,
  pictures: readonly RingPicture[],
  dumps: readonly NodeDump[],
  view: TextView,
): string {
  const accounts = new Accounts(now)
  const up = now.nodes.filter((node) => accounts.best(node)?.state.up === true).length
  const coordinator = dumps.find(({ ring }) => ring?.coordinator !== undefined)?.ring?.coordinator
  const rates = pictures.map((picture, at) => totalRate(picture, pictures[at - 1])).slice(-plotLetters)
  const time = new Date(now.atMs).toISOString().slice(11, 19)
  const parts = [
    `${time} UTC  ring ${now.group}`,
    `${up} of ${counted(now.nodes.length, 'node')} up`,
    ...(coordinator === undefined ? [] : [`coordinator ${coordinator}`]),
    ...(dumps.some(({ isSuspended }) => isSuspended) ? ['merging is suspended'] : []),
  ]
  const plot = `${short(rates.at(-1) ?? 0).padStart(6)} messages/s  ${plotOf(rates, view.ascii)}`
  return `${withoutControls(parts.join(' | '))}\n${plot}\n`
}

/** Values are clamped: one above the largest would vanish, and the line with it get shorter. */
export function plotOf(values: readonly number[], ascii: boolean): string {
  const shown = values.map((value) => (Number.isFinite(value) ? Math.max(0, value) : 0))
  const largest = Math.max(1, ...shown)
  if (!ascii) return sparkly(shown, { minimum: 0, maximum: largest })
  const letters = ' .:-=+*#'
  return shown.map((value) => letters[Math.min(7, Math.floor((value / largest) * 8))]).join('')
}

function nodesTable(now: RingPicture, before: RingPicture | undefined, view: TextView): string {
  const accounts = new Accounts(now)
  const isPlain = now.nodes.every((node) => node.answer.kind === 'dump')
  const head = ['node', ...stateHead.slice(0, 4), 'messages/s', 'bytes/s', 'queue', ...(isPlain ? [] : ['answers'])]
  const rows = now.nodes.map((node) => {
    const rate = rateOf(node, now, before)
    return [
      node.label,
      ...stateCells(accounts.best(node)).slice(0, 3),
      programsCell(node, accounts),
      rate === undefined ? '-' : short(rate.messages),
      rate === undefined ? '-' : short(rate.bytes),
      queueCell(node),
      ...(isPlain ? [] : [node.answer.kind === 'dump' ? '' : answerCell(node)]),
    ]
  })
  return tableText(head, rows, view)
}

function programsCell(node: PictureNode, accounts: Accounts): Cell {
  const attached = dumpOf(node)?.ring?.attached
  if (attached === undefined) return stateCells(accounts.best(node))[3] ?? '-'
  const programs = attached.reduce((sum, one) => sum + one.programs, 0)
  const isNeeded = programs === 0 && dumpOf(node)?.self.state.ring === 'in'
  return isNeeded ? { text: '0', paint: 'red' } : String(programs)
}

/** The fullest of its queues. */
function queueCell(node: PictureNode): Cell {
  const queues = dumpOf(node)?.ring?.relay?.queues ?? []
  const share = ({ depth, capacity }: (typeof queues)[number]) => (capacity ? depth / capacity : depth / 1e9)
  const fullest = [...queues].sort((one, other) => share(other) - share(one))[0]
  if (fullest === undefined) return '-'
  const { name, depth, capacity } = fullest
  const text = `${depth}${capacity === undefined ? '' : `/${capacity}`}${depth > 0 ? ` ${name}` : ''}`
  return capacity !== undefined && depth * 2 > capacity ? { text, paint: 'yellow' } : text
}

function mergesOf(dumps: readonly NodeDump[]): readonly MergeReport[] {
  const found = new Map<string, MergeReport>()
  for (const merge of dumps.flatMap(({ ring }) => ring?.merge ?? [])) {
    const known = found.get(merge.id)
    if (known === undefined || known.progress.length < merge.progress.length) found.set(merge.id, merge)
  }
  return [...found.values()]
}

function mergeText({ id, phase, startedBy, waitingFor, progress }: MergeReport, view: TextView): string {
  const width = Math.max(0, ...progress.map(({ server }) => server.length))
  const lines = [
    `merge ${id}  ${phase}  started by ${startedBy}`,
    ...progress.map((one) => progressLine(one, width, view)),
    ...waitingFor.map(({ server, why }) => `  waits for ${server}: ${why}`),
  ]
  return `${lines.map(withoutControls).join('\n')}\n`
}

function progressLine(progress: MergeProgressReport, width: number, { ascii }: TextView): string {
  const { server, items, bytes, itemsLeft, bytesLeft, secondsLeft } = progress
  const share = shareOf(items, itemsLeft) ?? shareOf(bytes, bytesLeft)
  const drawn = share === undefined ? ' '.repeat(barLetters) : bar(share, barLetters, ascii)
  const percent = share === undefined ? '   ?' : `${Math.floor(share * 100)} %`.padStart(5)
  const left = secondsLeft === undefined ? '' : `, ${durationText(secondsLeft * 1_000)} left`
  return `  ${server.padEnd(width)}  ${drawn} ${percent}  ${short(items)} items, ${short(bytes)} bytes${left}`
}

function shareOf(done: number, left: number | undefined): number | undefined {
  if (left === undefined) return undefined
  return done + left === 0 ? 1 : done / (done + left)
}

function verdictText(picture: RingPicture, view: TextView): string {
  const { verdict, findings } = checkRing(picture)
  if (verdict === 'ok') return `${view.paint('green', 'OK')}   all agree\n`
  const paint = verdict === 'error' ? 'red' : 'yellow'
  const { node, text } = findings[0]!
  const more = findings.length === 1 ? '' : ` (and ${findings.length - 1} more: check)`
  const first = withoutControls(`${node === undefined ? '' : `${node} `}${text}`)
  return `${view.paint(paint, verdict === 'error' ? 'ERR' : 'WARN')}  ${first}${more}\n`
}
