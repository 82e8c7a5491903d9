import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { readSettings } from '@ring/node'
import { sizesText } from '../core/body-sizes.ts'
import { chmpxText } from '../core/chmpx-text.ts'
import { htmlReport } from '../core/html-report.ts'
import type { Mark } from '../core/load-result.ts'
import { type ClientReport, clientReport, type MeasuredRun, sumOf } from '../core/report.ts'
import { clientText } from '../core/report-text.ts'
import type { ClientSettings } from '../core/settings.ts'
import { exitCodes } from '../exit-codes.ts'
import { Output } from '../output.ts'
import { addTimes, type CountedProcess, type ProcessorTime, ProcessorWatch } from '../process/processor-time.ts'
import type { StopSignals } from '../process/stop-signals.ts'
import { Team } from '../process/team.ts'
import type { Entry } from '../process/worker-process.ts'
import { ProgressLine } from '../progress-line.ts'
import { localNodes } from '../ring/local-nodes.ts'
import { localServerEnds } from '../ring/local-programs.ts'
import { asked, Baseline } from '../speed/baseline.ts'
import { type AttachmentSpec, programNameMax } from './attachment.ts'
import type { ClientSpec } from './client-part.ts'

/** `ring-bench --client`: opens the programs, runs them, reports. Returns the exit code. */
export async function runClientEnd(settings: ClientSettings, entry: Entry, signals: StopSignals): Promise<number> {
  const output = new Output(settings.level, settings.json)
  const { name } = await readSettings(settings.node)
  output.note('inf', `client of node ${name}, ${settings.mode}, ${sizesText(settings.sizes)}`)
  output.note('dump', JSON.stringify({ ...settings, node: undefined }))
  const { processes } = settings
  const team = await Team.open(entry, specOf(settings), { processes, show: output.message, signal: signals.signal })
  let report: ClientReport
  try {
    const counted = await processesOf(settings, entry, team)
    const measured = await measure({ settings, entry, signals, team, counted })
    const surroundings = { node: name, cores: availableParallelism(), counted: measured.times }
    report = clientReport(settings, measured.runs, surroundings, measured.wrongBefore)
  } finally {
    await team.close()
  }
  output.report(
    report,
    () => `${settings.chmpxStyle ? `${chmpxText(report, settings.loops)}\n` : ''}${clientText(report)}`,
  )
  if (settings.saveFile !== undefined) await writeFile(settings.saveFile, `${JSON.stringify(report, undefined, 2)}\n`)
  if (settings.htmlFile !== undefined) {
    await writeFile(settings.htmlFile, htmlReport(report))
    output.note('err', `the page with plots is ${settings.htmlFile}`)
  }
  if (!report.ok) output.note('err', 'a reply was wrong, or a request is not accounted for')
  return report.ok ? exitCodes.ok : exitCodes.failed
}

/** Every process that has a part in a round trip, as far as they can be found from here; each once. */
async function processesOf(settings: ClientSettings, entry: Entry, team: Team): Promise<readonly CountedProcess[]> {
  const nodes = await localNodes(settings.node)
  const servers = await localServerEnds(settings.node, entry.script)
  const others = settings.cpuPids.map((pid) => ({ pid, what: 'process' }))
  const all = new Map([...others, ...nodes, ...servers, ...team.processes].map((one) => [one.pid, one]))
  return [...all.values()]
}

interface Measurement {
  readonly settings: ClientSettings
  readonly entry: Entry
  readonly signals: StopSignals
  readonly team: Team
  readonly counted: readonly CountedProcess[]
}

interface Measured {
  readonly runs: readonly MeasuredRun[]
  readonly times: readonly ProcessorTime[]
  /** Wrong replies outside the measured time. */
  readonly wrongBefore: number
}

async function measure(measurement: Measurement): Promise<Measured> {
  const { settings, entry, signals, team, counted } = measurement
  const baseline = settings.baseline ? await Baseline.open(entry, settings.bodyBytes) : undefined
  const progress = new ProgressLine(process.stderr, () => team.counts(), { always: settings.progress })
  signals.onStop(() => {
    team.stop()
    baseline?.stop()
  })
  try {
    const wrongBefore = await warmUp(measurement, baseline)
    const runs: MeasuredRun[] = []
    const times: (readonly ProcessorTime[])[] = []
    while (runs.length < settings.runs && !(signals.signal.aborted && runs.length > 0)) {
      const echo = await baseline?.run(settings.durationMs ?? 0, settings.inFlight)
      const watch = await ProcessorWatch.start(counted)
      runs.push({ ...(await runTeam(measurement, settings.durationMs)), ...(echo && { baseline: echo }) })
      times.push(await watch.used())
    }
    return { runs, times: addTimes(times), wrongBefore }
  } finally {
    progress.stop()
    await baseline?.close()
  }
}

async function warmUp(measurement: Measurement, baseline: Baseline | undefined): Promise<number> {
  const { warmUpMs, inFlight } = measurement.settings
  if (warmUpMs === 0 || measurement.signals.signal.aborted) return 0
  await baseline?.run(warmUpMs, inFlight)
  return (await runTeam(measurement, warmUpMs, 0)).tally.wrong
}

async function runTeam(
  { settings, team, signals }: Measurement,
  durationMs: number | undefined,
  loops = settings.loops,
) {
  const startMs = performance.now()
  const noted: Mark[] = []
  const note = () => noted.push({ atMs: performance.now() - startMs, text: `mark ${noted.length + 1}` })
  process.on('SIGUSR2', note)
  // A signal that came before the run began has stopped nothing.
  const results = signals.signal.aborted ? [] : (await team.run({ loops, durationMs })).map(asked)
  process.off('SIGUSR2', note)
  const seconds = Math.max(0, ...results.map(({ elapsedMs }) => elapsedMs)) / 1_000
  const timelines = results.flatMap(({ tally }) => (tally.timeline === undefined ? [] : [tally.timeline]))
  return {
    seconds,
    tally: sumOf(results.map(({ tally }) => tally)).toRecord(),
    // All processes of a node see the same.
    ...(isKept(settings) && { timelines, marks: [...(results[0]?.marks ?? []), ...noted.splice(0)] }),
    ...(settings.rate !== undefined && { unsent: results.reduce((sum, { unsent = 0 }) => sum + unsent, 0) }),
  }
}

/** Whether somebody will look at what happened over time. */
const isKept = ({ htmlFile, saveFile }: ClientSettings) => htmlFile !== undefined || saveFile !== undefined

function specOf(settings: ClientSettings): ClientSpec {
  const { node, embedded, waitMs, deadlineMs, mode, inFlight, bodyBytes, sizes, keys, keyDistribution } = settings
  const { verify, idempotent, whenFull, whenDown, label, print, rate, processes } = settings
  const name = label === '' ? 'ring-bench client' : label.slice(0, programNameMax)
  const attachment: AttachmentSpec = { node, embedded, role: 'client', name, waitMs, deadlineMs }
  const waits = { whenFull, whenDown }
  const what = { mode, inFlight, bodyBytes, sizes, keys, keyDistribution, verify, idempotent, ...waits, label, print }
  const open = rate === undefined ? {} : { rate: rate / processes }
  return { kind: 'client', attachment, ...what, ...open, overTime: isKept(settings) }
}
