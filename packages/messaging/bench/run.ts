import { availableParallelism } from 'node:os'
import { runBaseline } from './baseline.ts'
import { runEmbedded } from './embedded.ts'
import { runFourProcess } from './four-process.ts'
import type { Run } from './processes.ts'

/**
 * Runs baseline, embedded and four processes in turn and prints ratios: the median over rounds, each against the baseline
 * of its own round. Arguments: rounds (5), milliseconds a run (2 000).
 */

const rounds = Number(process.argv[2] ?? 5)
const runMs = Number(process.argv[3] ?? 2_000)

const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

async function compare(): Promise<void> {
  for (const inFlight of [1, 64]) {
    const baseline: Run[] = []
    const embedded: Run[] = []
    const four: Run[] = []
    for (let round = 0; round < rounds; round++) {
      baseline.push(await runBaseline(inFlight, runMs))
      embedded.push(await runEmbedded(inFlight, runMs))
      four.push(await runFourProcess(inFlight, runMs))
    }
    const line = (name: string, runs: readonly Run[]): void => {
      const ratio = median(runs.map((run, round) => run.perSecond / baseline[round]!.perSecond))
      const perSecond = Math.round(median(runs.map((run) => run.perSecond))).toLocaleString('en')
      const cpu = median(runs.map((run) => run.cpuMicrosPerTrip)).toFixed(2)
      console.log(
        `${name.padEnd(14)} ratio ${ratio.toFixed(3)}  ${perSecond.padStart(9)} rt/s  ${cpu} us of processor a trip`,
      )
    }
    console.log(`${inFlight} in flight, ${rounds} rounds of ${runMs} ms, ${availableParallelism()} cores`)
    line('baseline', baseline)
    line('embedded', embedded)
    line('four-process', four)
  }
  const oneWay: Run[] = []
  for (let round = 0; round < rounds; round++) oneWay.push(await runEmbedded(512, runMs, 'one-way'))
  console.log(
    `one-way 100 B, embedded, 512 out: ${Math.round(median(oneWay.map((run) => run.perSecond))).toLocaleString('en')}/s`,
  )
}

// The roles of this benchmark are processes of the same script; they have a parent to report to.
if (process.send === undefined) await compare()
