/** One number of the table: times in milliseconds. */
export interface Row {
  readonly name: string
  /** What the median must reach, and where there is one, what the worst must. */
  readonly goalMs?: number
  readonly worstGoalMs?: number
  /** JGroups 5.5 with its defaults on the same kind of machine. */
  readonly jgroups?: string
  readonly samples: readonly number[]
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export const worst = (values: readonly number[]) => Math.max(...values)

/** Undefined where there is no goal. */
export function isMet({ samples, goalMs, worstGoalMs }: Row): boolean | undefined {
  if (goalMs === undefined) return undefined
  return median(samples) <= goalMs && worst(samples) <= (worstGoalMs ?? Number.POSITIVE_INFINITY)
}

export const headings = ['', 'median', 'worst', 'runs', 'goal', '', '(JGroups 5.5)']
const widths = [84, 9, 9, 5, 18, 7, 0]

export function rowText(row: Row): string {
  const goal =
    row.goalMs === undefined ? '' : `${time(row.goalMs)}${row.worstGoalMs ? `, ${time(row.worstGoalMs)}` : ''}`
  const met = isMet(row)
  const verdict = met === undefined ? '' : met ? 'met' : 'missed'
  const jgroups = row.jgroups === undefined ? '' : `(${row.jgroups})`
  return line([
    row.name,
    time(median(row.samples)),
    time(worst(row.samples)),
    `${row.samples.length}`,
    goal,
    verdict,
    jgroups,
  ])
}

export function line(cells: readonly string[]): string {
  const padded = cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
  return `${padded.join(' ').trimEnd()}\n`
}

function time(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`
}
