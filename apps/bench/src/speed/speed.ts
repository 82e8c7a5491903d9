import { availableParallelism } from 'node:os'
import type { SpeedSettings } from '../core/settings.ts'
import {
  isSound,
  type SpeedReport,
  type SpeedRound,
  type SpeedRun,
  speedCase,
  speedPlan,
  speedText,
} from '../core/speed-report.ts'
import { exitCodes } from '../exit-codes.ts'
import { Output } from '../output.ts'
import type { StopSignals } from '../process/stop-signals.ts'
import type { Entry } from '../process/worker-process.ts'
import { Baseline } from './baseline.ts'
import { SpeedStage } from './speed-stage.ts'

/** A stage that has been warm gets ready again in less time. */
const rewarmMs = 200

/**
 * `ring-bench speed`: rings of its own and the framed echo, measured in turn, so that whatever disturbs the machine
 * disturbs all alike. Returns the exit code.
 */
export async function runSpeed(settings: SpeedSettings, entry: Entry, signals: StopSignals): Promise<number> {
  const output = new Output('wan', settings.json)
  const open: { close(): Promise<void>; stop(): void }[] = []
  signals.onStop(() => {
    for (const one of open) one.stop()
  })
  try {
    const baseline = await Baseline.open(entry, settings.bodyBytes)
    open.push(baseline)
    const stages: SpeedStage[] = []
    for (const layout of speedPlan(settings.bodyBytes).layouts) {
      const stage = await SpeedStage.open(entry, layout, settings.bodyBytes)
      stages.push(stage)
      open.push(stage)
    }
    const results = await measure(settings, baseline, stages, signals.signal)
    if (signals.signal.aborted) return exitCodes.interrupted
    const report = reportOf(settings, results)
    output.report(report, () => speedText(report))
    return report.ok ? exitCodes.ok : exitCodes.failed
  } finally {
    for (const one of open) await one.close()
  }
}

type Results = ReadonlyMap<SpeedStage, ReadonlyMap<number, readonly SpeedRound[]>>

async function measure(
  settings: SpeedSettings,
  baseline: Baseline,
  stages: readonly SpeedStage[],
  signal: AbortSignal,
): Promise<Results> {
  const { inFlights } = speedPlan(settings.bodyBytes)
  const results = new Map(stages.map((stage) => [stage, new Map<number, SpeedRound[]>(inFlights.map((n) => [n, []]))]))
  const rounds = inFlights.flatMap((inFlight) => Array.from({ length: settings.runs }, (_, run) => ({ inFlight, run })))
  for (const { inFlight, run } of rounds) {
    tell(`${inFlight} in flight, run ${run + 1} of ${settings.runs}`)
    const warmUpMs = run === 0 ? settings.warmUpMs : rewarmMs
    const measured = (one: Baseline | SpeedStage) => warmedUp(one, { warmUpMs, inFlight, signal, settings })
    const echo = await measured(baseline)
    for (const stage of stages) {
      const ring = await measured(stage)
      if (ring !== undefined && echo !== undefined) results.get(stage)?.get(inFlight)?.push({ ring, baseline: echo })
    }
  }
  tell('')
  return results
}

interface Turn {
  readonly settings: SpeedSettings
  readonly warmUpMs: number
  readonly inFlight: number
  readonly signal: AbortSignal
}

/** One measured run; undefined once a signal has come. */
async function warmedUp(one: Baseline | SpeedStage, { settings, ...turn }: Turn): Promise<SpeedRun | undefined> {
  if (turn.signal.aborted) return undefined
  await one.run(turn.warmUpMs, turn.inFlight)
  return one.run(settings.durationMs, turn.inFlight)
}

function reportOf({ bodyBytes, runs }: SpeedSettings, results: Results): SpeedReport {
  const cases = [...results].flatMap(([stage, byInFlight]) =>
    [...byInFlight].map(([inFlight, rounds]) => speedCase(stage.layout, inFlight, rounds)),
  )
  const rounds = [...results.values()].flatMap((byInFlight) => [...byInFlight.values()].flat())
  const ok = rounds.every(({ ring, baseline }) => isSound(ring) && isSound(baseline))
  return { format: 'ring-bench-speed', formatVersion: 1, bodyBytes, runs, cores: availableParallelism(), cases, ok }
}

/** Where it stands, for whoever waits at a terminal. */
function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
