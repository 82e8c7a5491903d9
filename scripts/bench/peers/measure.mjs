// npm run bench -- --peers: the same requests and replies on Ring and on what a user would pick instead, in turn.
import { quickstartInFlight as inFlight, quickstartSizes as sizes } from '../quickstart.mjs'
import { median } from '../row.mjs'
import { kinds, versionOf } from './kinds.mjs'

const warmUpMs = 300
const runMs = 1_000

/** @returns for each that is installed: its name, and for each size the rates of the runs, a second */
export async function measurePeers({ runs, tell }) {
  const present = kinds.flatMap((kind) => {
    if (kind.server === undefined) return [kind]
    const version = versionOf(kind.server)
    if (version === undefined) tell(`${kind.server} is not installed: left out`)
    return version === undefined ? [] : [{ ...kind, name: `${kind.name} ${version}` }]
  })
  const stages = []
  try {
    for (const kind of present) stages.push({ name: kind.name, ...(await kind.open()), rates: sizes.map(() => []) })
    for (const [size, bytes] of sizes.entries()) {
      for (let run = 0; run < runs; run++) {
        tell(`${bytes} B, run ${run + 1} of ${runs}`)
        // In turn, so that an hour of the machine is everybody's; another one first each time.
        for (let turn = 0; turn < stages.length; turn++) {
          const { ask, rates } = stages[(turn + run) % stages.length]
          await ask({ bytes, inFlight, ms: warmUpMs })
          const { count, seconds } = await ask({ bytes, inFlight, ms: runMs })
          rates[size].push(count / seconds)
        }
      }
    }
    return stages.map(({ name, rates }) => ({ name, rates }))
  } finally {
    for (const { close } of stages) await close()
  }
}

/** Medians, each other's with the median of its runs' ratios to the first in brackets: as the README shows it. */
export function peersTable(measured) {
  const [first] = measured
  const cells = (texts) => `| ${texts.join(' | ')} |\n`
  const line = ({ name, rates }) => {
    const shares = rates.map((one, size) => median(one.map((rate, run) => first.rates[size][run] / rate)))
    const numbers = rates.map((one) => Math.round(median(one)).toLocaleString('en').replaceAll(',', ' '))
    return cells([
      name,
      ...numbers.map((number, at) => (name === first.name ? number : `${number} (${shares[at].toFixed(2)})`)),
    ])
  }
  const head = ['round trips/s', ...sizes.map(sizeText)]
  return cells(head) + cells(head.map(() => '---')) + measured.map(line).join('')
}

/** The legend of {@link peersTable}. */
export const peersLegend = `${inFlight} in flight; in brackets: the quickstart ring, for each one of these (median of the ratios of the runs)\n`

function sizeText(bytes) {
  if (bytes >= 1_048_576) return `${bytes / 1_048_576} MiB`
  return bytes >= 1_024 ? `${bytes / 1_024} KiB` : `${bytes} B`
}
