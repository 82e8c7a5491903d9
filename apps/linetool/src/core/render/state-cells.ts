import { type NodeReport, type ServerState, updateTimeMs } from '@ring/control-protocol'
import type { Cell } from './table-text.ts'

const rings = { slave: 'SLAVE', out: 'OUT', in: 'IN' } as const
const actions = { none: '', add: 'ADD ', delete: 'DELETE ' } as const
const progresses = { nothing: '', pending: 'Pending', doing: 'Doing', done: 'Done' } as const

export const stateHead = ['service', 'live', 'merge', 'programs', 'slot(next)'] as const

/** What is known of a node, in CHMPX's words; but "suspend" means merging here, so `detached` has words of its own. */
export function stateCells(report: NodeReport | undefined): readonly Cell[] {
  if (report === undefined) return stateHead.map(() => '-')
  const { state } = report
  return [
    rings[state.ring],
    state.up ? { text: 'UP', paint: 'green' } : { text: 'DOWN', paint: 'red' },
    mergeCell(state),
    programsCell(state),
    state.ring === 'slave' ? '-' : slotText(report),
  ]
}

function mergeCell({ action, progress }: ServerState): Cell {
  const text = `${actions[action]}${progresses[progress]}`.trim()
  return text === '' ? '-' : { text, paint: 'yellow' }
}

function programsCell({ ring, up, detached }: ServerState): Cell {
  if (ring === 'slave' || !up) return '-'
  return detached ? { text: 'none', paint: ring === 'in' ? 'red' : 'dim' } : 'attached'
}

/** `slot(slot after the merge)`. */
export function slotText({ baseHash, pendingHash }: Pick<NodeReport, 'baseHash' | 'pendingHash'>): string {
  const text = (slot: number | undefined) => (slot === undefined ? '-' : String(slot))
  return `${text(baseHash)}(${text(pendingHash)})`
}

/** In UTC, to the millisecond. */
export function updateText({ lastUpdate }: Pick<NodeReport, 'lastUpdate'>): string {
  const ms = updateTimeMs(lastUpdate)
  if (ms === 0) return '-'
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? String(lastUpdate) : date.toISOString().replace('T', ' ').replace('Z', '')
}

/** How long ago its state changed, in one figure. */
export function ageText(report: Pick<NodeReport, 'lastUpdate'> | undefined, nowMs: number): string {
  const ms = report === undefined ? 0 : updateTimeMs(report.lastUpdate)
  return ms === 0 ? '-' : durationText(Math.max(0, nowMs - ms))
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

export function durationText(ms: number): string {
  const [unit, unitMs] = units.find(([, one]) => ms >= one) ?? units[3]
  const figure = ms / unitMs
  return `${figure < 10 && unit === 's' ? figure.toFixed(1) : Math.floor(figure)} ${unit}`
}
