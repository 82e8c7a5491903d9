import type { TraceDevice, TraceDirection, TraceFilter, TraceLog } from '../trace-log.ts'
import type { CommandTable } from './command-table.ts'
import { chmpxOutcome } from './outcome.ts'

const enabling = ['ENABLE', 'YES', 'ON']
const disabling = ['DISABLE', 'NO', 'OFF']

/** TRACE and TRACEVIEW. */
export function registerTraceCommands(table: CommandTable, log: TraceLog): void {
  table.register(
    {
      name: 'TRACE',
      usage: 'enable|disable',
      argumentsMax: 1,
      kind: 'change',
      options: ['json'],
      help: 'Begin or end to keep the last frames of this node for TRACEVIEW (also yes and on, no and off).',
    },
    ({ arguments: [word = ''] }) => {
      const given = word.toUpperCase()
      // CHMPX takes any other word for "disable".
      if (![...enabling, ...disabling].includes(given)) return chmpxOutcome('trace-usage')
      if (log.capacity === 0)
        return chmpxOutcome('trace-off', ['MAXHISTLOG is 0: set it to as many entries as are to be kept.'])
      return chmpxOutcome(log.setEnabled(enabling.includes(given)) ? 'done' : 'trace-unchanged')
    },
  )
  table.register(
    {
      name: 'TRACEVIEW',
      usage: '[DIR=IN|OUT|ALL] [DEV=SOCK|MQ|ALL] [COUNT]',
      argumentsMax: 3,
      kind: 'read',
      options: ['json'],
      help: 'Show the newest frames that were traced, the oldest of them first.',
    },
    ({ arguments: words }) => {
      const filter = traceFilter(words)
      if (filter === undefined) return chmpxOutcome('traceview-usage')
      if (log.capacity === 0)
        return chmpxOutcome('trace-off', ['MAXHISTLOG is 0: set it to as many entries as are to be kept.'])
      const shown = log.view(filter)
      if (shown.length === 0) return chmpxOutcome('no-trace')
      return { text: () => shown.map((line) => `${line}\n`).join(''), json: () => ({ lines: shown }) }
    },
  )
}

const directions: Readonly<Record<string, TraceDirection | 'all'>> = { IN: 'in', OUT: 'out', ALL: 'all' }
const devices: Readonly<Record<string, TraceDevice | 'all'>> = { SOCK: 'socket', MQ: 'queue', ALL: 'all' }

/** @returns undefined for words that it cannot be */
function traceFilter(words: readonly string[]): TraceFilter | undefined {
  let filter: TraceFilter = {}
  for (const word of words) {
    const direction = word.startsWith('DIR=') ? directions[word.slice(4).toUpperCase()] : undefined
    const device = word.startsWith('DEV=') ? devices[word.slice(4).toUpperCase()] : undefined
    const count = /^[1-9]\d{0,8}$/.test(word) ? Number(word) : undefined
    if (direction !== undefined) filter = direction === 'all' ? filter : { ...filter, direction }
    else if (device !== undefined) filter = device === 'all' ? filter : { ...filter, device }
    else if (count !== undefined) filter = { ...filter, count }
    else return undefined
  }
  return filter
}
