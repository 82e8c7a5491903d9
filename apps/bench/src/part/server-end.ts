import { availableParallelism } from 'node:os'
import { readSettings } from '@ring/node'
import type { LoadResult } from '../core/load-result.ts'
import { serverReport } from '../core/report.ts'
import { serverText } from '../core/report-text.ts'
import type { ServerSettings } from '../core/settings.ts'
import { exitCodes } from '../exit-codes.ts'
import { Output } from '../output.ts'
import { ProcessorWatch } from '../process/processor-time.ts'
import type { StopSignals } from '../process/stop-signals.ts'
import { Team } from '../process/team.ts'
import type { Entry } from '../process/worker-process.ts'
import { ProgressLine } from '../progress-line.ts'
import { localNodes } from '../ring/local-nodes.ts'
import { programNameMax } from './attachment.ts'
import type { ServerSpec } from './server-part.ts'

/** A server end only answers; nothing it sends itself needs a deadline. */
const noDeadlineMs = 0

/** `ring-bench --server`: serves until the limit or a signal, then says what it served. Returns the exit code. */
export async function runServerEnd(settings: ServerSettings, entry: Entry, signals: StopSignals): Promise<number> {
  const output = new Output(settings.level, settings.json)
  const { name } = await readSettings(settings.node)
  const { processes, loops, durationMs, inFlight } = settings
  const team = await Team.open(entry, specOf(settings), { processes, show: output.message, signal: signals.signal })
  const progress = new ProgressLine(process.stderr, () => team.counts(), { always: settings.progress })
  try {
    signals.onStop(() => team.stop())
    output.note('inf', `server program at node ${name}; HUP, INT or TERM end it`)
    const nodes = settings.embedded ? [] : await localNodes(settings.node)
    const watch = await ProcessorWatch.start([
      ...team.processes,
      ...nodes.filter(({ what }) => what === `node ${name}`),
    ])
    const results = signals.signal.aborted ? [] : await team.run({ loops, durationMs, inFlight })
    const surroundings = { node: name, cores: availableParallelism(), counted: await watch.used() }
    progress.stop()
    const report = serverReport(settings, servedBy(results), surroundings)
    output.report(report, () => serverText(report))
    return exitCodes.ok
  } finally {
    progress.stop()
    await team.close()
  }
}

function servedBy(results: readonly LoadResult[]) {
  const served = results.flatMap((result) => (result.kind === 'served' ? [result] : []))
  const sum = (of: (one: (typeof served)[number]) => number) => served.reduce((total, one) => total + of(one), 0)
  return {
    seconds: Math.max(0, ...served.map(({ elapsedMs }) => elapsedMs)) / 1_000,
    requests: sum(({ requests }) => requests),
    oneWay: sum(({ oneWay }) => oneWay),
    bytes: sum(({ bytes }) => bytes),
  }
}

function specOf({ node, embedded, waitMs, reply, bodyBytes, print, label }: ServerSettings): ServerSpec {
  const name = label === '' ? 'ring-bench server' : label.slice(0, programNameMax)
  const attachment = { node, embedded, role: 'server', name, waitMs, deadlineMs: noDeadlineMs } as const
  return { kind: 'server', attachment, reply, bodyBytes, print }
}
