import { grouped, micros, table } from './figures.ts'
import { median } from './median.ts'
import { type LatencyReport, latencyOf, rate, sumOf } from './report.ts'
import type { TallyRecord } from './tally.ts'

/** `four-process`: client program, slave node, server node, server program. `embedded`: the nodes inside the programs. */
export type Layout = 'four-process' | 'embedded'

/** The share of the framed echo's round trips that a layout should reach, by requests in flight. */
export const speedGoals: Readonly<Record<Layout, Readonly<Record<number, number>>>> = {
  'four-process': { 1: 0.24, 64: 0.16 },
  embedded: { 1: 0.8, 64: 0.5 },
}

const largeFromBytes = 8 * 1_024
const largeGoal = 0.8

/** What is measured with bodies of this size: large ones with 16 in flight and embedded alone. */
export function speedPlan(bodyBytes: number): {
  readonly layouts: readonly Layout[]
  readonly inFlights: readonly number[]
} {
  if (bodyBytes >= largeFromBytes) return { layouts: ['embedded'], inFlights: [16] }
  return { layouts: ['four-process', 'embedded'], inFlights: [1, 64] }
}

export interface SpeedRun {
  readonly seconds: number
  readonly tally: TallyRecord
  /** Of all its processes. */
  readonly cpuMicros: number
}

/** One run of a case, and the run of the framed echo beside it. */
export interface SpeedRound {
  readonly ring: SpeedRun
  readonly baseline: SpeedRun
}

/** The median of the runs of one layout. */
export interface SpeedCase {
  readonly layout: Layout
  readonly inFlight: number
  readonly perSecond: number
  readonly baselinePerSecond: number
  readonly ratio: number
  readonly goal: number
  readonly met: boolean
  readonly latencyMicros: LatencyReport
  readonly baselineLatencyMicros: LatencyReport
  readonly cpuMicrosPerRoundTrip: number
  readonly baselineCpuMicrosPerRoundTrip: number
  readonly ratios: readonly number[]
}

/** What `ring-bench speed --json` prints. */
export interface SpeedReport {
  readonly format: 'ring-bench-speed'
  readonly formatVersion: 1
  readonly bodyBytes: number
  readonly runs: number
  readonly cores: number
  readonly cases: readonly SpeedCase[]
  /** No reply was wrong and each request was accounted for; whether goals were met is in the cases. */
  readonly ok: boolean
}

export function speedCase(layout: Layout, inFlight: number, rounds: readonly SpeedRound[]): SpeedCase {
  const perSecond = ({ tally, seconds }: SpeedRun) => rate(tally.replied, seconds)
  const perTrip = ({ tally, cpuMicros }: SpeedRun) => (tally.replied === 0 ? 0 : cpuMicros / tally.replied)
  const ratios = rounds.map(({ ring, baseline }) => perSecond(ring) / Math.max(1, perSecond(baseline)))
  const goal = speedGoals[layout][inFlight] ?? largeGoal
  const ratio = median(ratios)
  return {
    layout,
    inFlight,
    perSecond: median(rounds.map(({ ring }) => perSecond(ring))),
    baselinePerSecond: median(rounds.map(({ baseline }) => perSecond(baseline))),
    ratio,
    goal,
    met: ratio >= goal,
    latencyMicros: latencyOf(sumOf(rounds.map(({ ring }) => ring.tally))),
    baselineLatencyMicros: latencyOf(sumOf(rounds.map(({ baseline }) => baseline.tally))),
    cpuMicrosPerRoundTrip: median(rounds.map(({ ring }) => perTrip(ring))),
    baselineCpuMicrosPerRoundTrip: median(rounds.map(({ baseline }) => perTrip(baseline))),
    ratios,
  }
}

/** Whether every request of a run got a right reply, or at least an ending of its own. */
export function isSound({ tally }: SpeedRun): boolean {
  return tally.wrong === 0 && sumOf([tally]).outstanding === 0
}

export function speedText({ cases, bodyBytes, runs, cores, ok }: SpeedReport): string {
  const head = `${bodyBytes} B round trips, median of ${runs} alternating runs, ${cores} cores\n\n`
  const titles = cells([
    '',
    'in flight',
    'ratio',
    'goal',
    '',
    'round trips/s',
    'echo/s',
    'p50',
    'p99',
    'CPU',
    'echo CPU',
  ])
  const lines = cases.map((one) =>
    cells([
      one.layout,
      String(one.inFlight),
      one.ratio.toFixed(3),
      one.goal.toFixed(2),
      one.met ? 'met' : 'missed',
      grouped(one.perSecond),
      grouped(one.baselinePerSecond),
      micros(one.latencyMicros.p50),
      micros(one.latencyMicros.p99),
      micros(one.cpuMicrosPerRoundTrip),
      micros(one.baselineCpuMicrosPerRoundTrip),
    ]),
  )
  const notes = table([
    ['ratio', 'to a framed echo: two processes, one TCP connection, measured in turn'],
    ['CPU', 'processor time of a round trip, all processes together'],
    ['replies', ok ? 'all compared, none wrong, every request accounted for' : 'WRONG OR UNACCOUNTED: see --json'],
  ])
  return `${head}${titles}${lines.join('')}\n${notes}`
}

const widths = [13, 10, 7, 6, 7, 14, 11, 10, 10, 9, 9]

function cells(texts: readonly string[]): string {
  const padded = texts.map((text, at) => (at === 0 ? text.padEnd(widths[at]!) : text.padStart(widths[at] ?? 10)))
  return `${padded.join(' ').trimEnd()}\n`
}
