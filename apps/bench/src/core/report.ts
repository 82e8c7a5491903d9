import { sizesText } from './body-sizes.ts'
import type { KeyDistribution } from './key-choice.ts'
import type { Mark } from './load-result.ts'
import { median } from './median.ts'
import type { ClientSettings, LoadMode, ServerSettings } from './settings.ts'
import { Tally, type TallyRecord } from './tally.ts'
import { type TimelineFigures, type TimelineRecord, timelineFigures } from './timeline.ts'

/** Microseconds. */
export interface LatencyReport {
  readonly min: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

export interface ProcessorReport {
  /** Of all counted processes together; undefined when nothing was replied. */
  readonly microsPerRoundTrip: number | undefined
  readonly counted: readonly { readonly pid: number; readonly what: string; readonly micros: number }[]
}

/** A share of the requests, in percent, and the microseconds that it did not exceed. */
export type Percentile = readonly [percent: number, micros: number]

/** What happened during a run, in seconds since the beginning of it. */
export interface MarkReport {
  readonly seconds: number
  readonly text: string
}

export interface RunReport {
  readonly seconds: number
  readonly perSecond: number
  /** With --report or --save: figures of each interval, and what happened to the ring meanwhile. */
  readonly timeline?: TimelineFigures
  readonly marks?: readonly MarkReport[]
  /** Round trips of the framed echo in the same turn, and this run's share of them. */
  readonly baselinePerSecond?: number
  readonly ratio?: number
}

/** What `--json` prints of a client end. Fields are added in later versions, never changed. */
export interface ClientReport {
  readonly format: 'ring-bench'
  readonly formatVersion: 1
  readonly end: 'client'
  readonly mode: LoadMode
  readonly label: string
  readonly node: string
  readonly embedded: boolean
  readonly verified: boolean
  readonly bodyBytes: number
  /** For people: the lengths of bodies, where there is more than one. */
  readonly bodySizes: string
  readonly keys: number
  readonly keyDistribution: KeyDistribution
  readonly processes: number
  readonly inFlight: number
  /** Of an open load: requests a second that were wanted, and those that were due in time and never sent. */
  readonly open?: { readonly perSecond: number; readonly unsent: number }
  readonly cores: number
  /** Measured time of all runs together. */
  readonly seconds: number
  /** Of all runs; `sent` is the sum of the next five. `wrong` are among `replied`. */
  readonly requests: {
    readonly sent: number
    readonly replied: number
    readonly notDelivered: number
    readonly maybeDelivered: number
    readonly failed: number
    readonly unaccounted: number
    readonly wrong: number
  }
  /** Single answers of broadcasts and replicates. */
  readonly answers: number
  /** How long the sender of the worst failure waited to hear of it, in microseconds. */
  readonly slowestFailureMicros: number
  /** Round trips a second: the median of the runs. */
  readonly perSecond: number
  readonly latencyMicros: LatencyReport
  readonly percentiles: readonly Percentile[]
  /** By code. */
  readonly errors: Readonly<Record<string, number>>
  readonly cpu: ProcessorReport
  readonly baseline?: {
    readonly perSecond: number
    readonly ratio: number
    readonly latencyMicros: LatencyReport
    readonly cpuMicrosPerRoundTrip: number | undefined
  }
  readonly runs: readonly RunReport[]
  /** Every request is accounted for, and no reply was wrong. */
  readonly ok: boolean
}

/** What `--json` prints of a server end. */
export interface ServerReport {
  readonly format: 'ring-bench'
  readonly formatVersion: 1
  readonly end: 'server'
  readonly label: string
  readonly node: string
  readonly embedded: boolean
  readonly processes: number
  readonly cores: number
  readonly seconds: number
  readonly requests: number
  readonly oneWay: number
  readonly bytes: number
  readonly perSecond: number
  readonly cpu: ProcessorReport
  readonly ok: true
}

/** One measured run of the client end. */
export interface MeasuredRun {
  readonly seconds: number
  readonly tally: TallyRecord
  /** Of each process, where they were asked for. */
  readonly timelines?: readonly TimelineRecord[]
  readonly marks?: readonly Mark[]
  readonly unsent?: number
  readonly baseline?: { readonly seconds: number; readonly tally: TallyRecord; readonly cpuMicros: number | undefined }
}

export interface Surroundings {
  readonly node: string
  readonly cores: number
  readonly counted: ProcessorReport['counted']
}

export function clientReport(
  settings: ClientSettings,
  runs: readonly MeasuredRun[],
  { node, cores, counted }: Surroundings,
  wrongBefore = 0,
): ClientReport {
  const tally = sumOf(runs.map((run) => run.tally))
  const { sent, replied, notDelivered, maybeDelivered, failed, answers } = tally
  const { errors } = tally.toRecord()
  const wrong = tally.wrong + wrongBefore
  const runReports = runs.map(runReport)
  const baseline = baselineReport(runs, runReports)
  const { mode, label, embedded, verify: verified, bodyBytes, sizes, keys, keyDistribution } = settings
  const { processes, inFlight, rate: wanted } = settings
  const unsent = runs.reduce((sum, run) => sum + (run.unsent ?? 0), 0)
  return {
    format: 'ring-bench',
    formatVersion: 1,
    end: 'client',
    mode,
    label,
    node,
    embedded,
    verified,
    bodyBytes,
    bodySizes: sizesText(sizes),
    keys,
    keyDistribution,
    processes,
    inFlight,
    ...(wanted !== undefined && { open: { perSecond: wanted, unsent } }),
    cores,
    seconds: runs.reduce((sum, run) => sum + run.seconds, 0),
    requests: { sent, replied, notDelivered, maybeDelivered, failed, unaccounted: tally.outstanding, wrong },
    answers,
    slowestFailureMicros: tally.slowestFailureMs * 1_000,
    perSecond: median(runReports.map(({ perSecond }) => perSecond)),
    latencyMicros: latencyOf(tally),
    percentiles: percentilesOf(tally),
    errors,
    cpu: { microsPerRoundTrip: perTrip(counted, replied), counted },
    ...(baseline && { baseline }),
    runs: runReports,
    ok: wrong === 0 && tally.outstanding === 0 && (baseline === undefined || baselineWrong(runs) === 0),
  }
}

export function serverReport(
  { label, embedded, processes }: ServerSettings,
  served: { readonly seconds: number; readonly requests: number; readonly oneWay: number; readonly bytes: number },
  { node, cores, counted }: Surroundings,
): ServerReport {
  const perSecond = served.seconds === 0 ? 0 : served.requests / served.seconds
  const cpu = { microsPerRoundTrip: perTrip(counted, served.requests), counted }
  const told = { label, node, embedded, processes, cores }
  return { format: 'ring-bench', formatVersion: 1, end: 'server', ...told, ...served, perSecond, cpu, ok: true }
}

export function latencyOf({ latency }: Tally): LatencyReport {
  const percentile = (percent: number) => latency.percentileMicros(percent)
  return {
    min: latency.minMicros,
    mean: latency.meanMicros,
    p50: percentile(50),
    p90: percentile(90),
    p99: percentile(99),
    p999: percentile(99.9),
    max: latency.maxMicros,
  }
}

/** Denser towards the end, where the interesting ones are. */
function percentilesOf({ latency }: Tally): readonly Percentile[] {
  if (latency.count === 0) return []
  const tails = Array.from({ length: 41 }, (_, step) => 10 ** (-step / 10))
  const percents = tails.filter((tail) => tail * latency.count >= 1 || tail === 1).map((tail) => 100 * (1 - tail))
  return percents.map((percent) => [Number(percent.toFixed(4)), latency.percentileMicros(percent)])
}

export function sumOf(records: readonly TallyRecord[]): Tally {
  const sum = new Tally()
  for (const record of records) sum.add(record)
  return sum
}

function runReport({ seconds, tally, baseline, timelines, marks }: MeasuredRun): RunReport {
  const perSecond = rate(tally.replied, seconds)
  const told = marks?.map(({ atMs, text }) => ({ seconds: atMs / 1_000, text }))
  const overTime = {
    ...(timelines && { timeline: timelineFigures(timelines) }),
    ...(told && { marks: told.sort((one, other) => one.seconds - other.seconds) }),
  }
  if (baseline === undefined) return { seconds, perSecond, ...overTime }
  const baselinePerSecond = rate(baseline.tally.replied, baseline.seconds)
  const ratio = baselinePerSecond === 0 ? 0 : perSecond / baselinePerSecond
  return { seconds, perSecond, ...overTime, baselinePerSecond, ratio }
}

function baselineReport(runs: readonly MeasuredRun[], reports: readonly RunReport[]): ClientReport['baseline'] {
  const echoes = runs.flatMap(({ baseline }) => (baseline === undefined ? [] : [baseline]))
  if (echoes.length === 0) return undefined
  const tally = sumOf(echoes.map((echo) => echo.tally))
  const known = echoes.flatMap(({ cpuMicros }) => (cpuMicros === undefined ? [] : [cpuMicros]))
  const cpuMicros = known.length === echoes.length ? known.reduce((sum, one) => sum + one, 0) : undefined
  return {
    perSecond: median(reports.map(({ baselinePerSecond = 0 }) => baselinePerSecond)),
    ratio: median(reports.map(({ ratio = 0 }) => ratio)),
    latencyMicros: latencyOf(tally),
    cpuMicrosPerRoundTrip: cpuMicros === undefined || tally.replied === 0 ? undefined : cpuMicros / tally.replied,
  }
}

function baselineWrong(runs: readonly MeasuredRun[]): number {
  return runs.reduce((sum, { baseline }) => sum + (baseline?.tally.wrong ?? 0), 0)
}

export function rate(count: number, seconds: number): number {
  return seconds === 0 ? 0 : count / seconds
}

function perTrip(counted: ProcessorReport['counted'], trips: number): number | undefined {
  return trips === 0 || counted.length === 0 ? undefined : counted.reduce((sum, { micros }) => sum + micros, 0) / trips
}
