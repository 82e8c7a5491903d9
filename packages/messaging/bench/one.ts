import { runBaseline } from './baseline.ts'
import { runEmbedded } from './embedded.ts'
import { runFourProcess } from './four-process.ts'

/** One run of one benchmark, for profiles: `PROFILE=embedded-client node one.js embedded 64 3000`. */
if (process.send === undefined) {
  const [kind = 'embedded', inFlight = '64', runMs = '2000'] = process.argv.slice(2)
  const run = {
    baseline: runBaseline,
    embedded: runEmbedded,
    'one-way': (n: number, ms: number) => runEmbedded(n, ms, 'one-way'),
    four: runFourProcess,
  }[kind as 'embedded']
  console.log(kind, inFlight, await run(Number(inFlight), Number(runMs)))
}
