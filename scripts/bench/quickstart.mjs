// The ring that the README begins with, as daemons: three servers, a slave, a program at each. Eight processes.
import { measured, openStage } from './ring.mjs'
import { median, noGoal } from './row.mjs'

export const quickstartInFlight = 4
/** In bytes: a message, a page, a picture, a document. */
export const quickstartSizes = [128, 16_384, 102_400, 1_048_576]

export async function quickstartCase({ runs, tell }) {
  const stage = await openStage('quickstart')
  try {
    const rows = []
    for (const bytes of quickstartSizes) {
      const results = []
      for (let run = 0; run < runs; run++) {
        tell(`${bytes} B, run ${run + 1} of ${runs}`)
        await measured(stage, 'requests', { bytes, inFlight: quickstartInFlight, ms: 300 })
        results.push(await measured(stage, 'requests', { bytes, inFlight: quickstartInFlight, ms: 1_000 }))
      }
      const rates = results.map(({ perSecond }) => perSecond)
      const cpu = median(results.map(({ cpuMicros }) => cpuMicros))
      rows.push({
        name: `quickstart ring, ${quickstartInFlight} in flight, ${bytes} B`,
        unit: '/s',
        ...noGoal(median(rates)),
        note: `${Math.round(cpu)} us CPU each; beside others: --peers`,
        runs: rates,
      })
    }
    return rows
  } finally {
    await stage.close()
  }
}
