import { grouped, micros } from './figures.ts'
import type { ClientReport } from './report.ts'
import { rate } from './report.ts'

/** One figure of two runs. */
export interface Comparison {
  readonly what: string
  readonly unit: '/s' | 'us' | 'count'
  readonly before: number
  readonly after: number
  /** After to before; undefined where before is 0. */
  readonly ratio: number | undefined
  /** Whether more is better. */
  readonly better: 'more' | 'less'
  /** The single runs of both overlap: the difference may be chance. Undefined where there were no several runs. */
  readonly mayBeChance?: boolean
}

export interface CompareReport {
  readonly format: 'ring-bench-compare'
  readonly formatVersion: 1
  readonly before: string
  readonly after: string
  /** What differs in how the two were made: then the figures do not say what they seem to. */
  readonly differences: readonly string[]
  readonly figures: readonly Comparison[]
}

/** How two saved reports stand to each other. */
export function compare(
  before: ClientReport,
  after: ClientReport,
  names: { readonly before: string; readonly after: string },
): CompareReport {
  const figure = (
    what: string,
    unit: Comparison['unit'],
    better: Comparison['better'],
    of: (report: ClientReport) => number | undefined,
  ): readonly Comparison[] => {
    const [one, other] = [of(before), of(after)]
    if (one === undefined || other === undefined) return []
    return [{ what, unit, before: one, after: other, ratio: one === 0 ? undefined : other / one, better }]
  }
  const latency = (['p50', 'p90', 'p99', 'p999', 'max'] as const).flatMap((name) =>
    figure(`latency ${name === 'p999' ? 'p99.9' : name}`, 'us', 'less', ({ latencyMicros }) => latencyMicros[name]),
  )
  const throughput = figure('throughput', '/s', 'more', ({ perSecond }) => perSecond).map((one) => {
    const mayBeChance = overlap(before, after)
    return mayBeChance === undefined ? one : { ...one, mayBeChance }
  })
  return {
    format: 'ring-bench-compare',
    formatVersion: 1,
    ...names,
    differences: differencesOf(before, after),
    figures: [
      ...throughput,
      ...figure('ratio to the baseline', 'count', 'more', ({ baseline }) => baseline?.ratio),
      ...latency,
      ...figure('processor a round trip', 'us', 'less', ({ cpu }) => cpu.microsPerRoundTrip),
      ...figure('requests that failed, a second', '/s', 'less', ({ requests, seconds }) =>
        rate(requests.notDelivered + requests.maybeDelivered + requests.failed, seconds),
      ),
    ],
  }
}

export function compareText({ before, after, differences, figures }: CompareReport): string {
  const rows = figures.map(({ what, unit, before: one, after: other, ratio, better, mayBeChance }) => [
    what,
    figureText(one, unit),
    figureText(other, unit),
    ratio === undefined ? '' : `${ratio.toFixed(2)}${verdict(ratio, better, mayBeChance)}`,
  ])
  const table = [['', before, after, 'after / before'], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]!.length)))
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const notes = differences.map((difference) => `not the same load: ${difference}`)
  return `${[...lines, ...notes].join('\n')}\n`
}

function verdict(ratio: number, better: Comparison['better'], mayBeChance: boolean | undefined): string {
  if (mayBeChance === true) return '  (the runs overlap: may be chance)'
  if (Math.abs(ratio - 1) < 0.02) return ''
  return ratio > 1 === (better === 'more') ? '  better' : '  worse'
}

function figureText(value: number, unit: Comparison['unit']): string {
  if (unit === 'us') return micros(value)
  return unit === '/s' ? `${grouped(value)}/s` : value.toFixed(3)
}

/** Whether the single runs of the one reach into those of the other; undefined when either has but one. */
function overlap(one: ClientReport, other: ClientReport): boolean | undefined {
  if (one.runs.length < 2 || other.runs.length < 2) return undefined
  const range = ({ runs }: ClientReport) => {
    const each = runs.map(({ perSecond }) => perSecond)
    return { low: Math.min(...each), high: Math.max(...each) }
  }
  const [a, b] = [range(one), range(other)]
  return a.low <= b.high && b.low <= a.high
}

function differencesOf(before: ClientReport, after: ClientReport): readonly string[] {
  const told = (report: ClientReport) => ({
    mode: report.mode,
    'body sizes': report.bodySizes,
    keys: `${report.keys} ${report.keyDistribution}`,
    processes: report.processes,
    'in flight': report.inFlight,
    rate: report.open?.perSecond ?? 'as fast as answers come',
    embedded: report.embedded,
    'replies compared': report.verified,
    cores: report.cores,
  })
  const [one, other] = [Object.entries(told(before)), Object.values(told(after))]
  return one.flatMap(([name, value], at) =>
    value === other[at] ? [] : [`${name}: ${String(value)}, then ${String(other[at])}`],
  )
}
