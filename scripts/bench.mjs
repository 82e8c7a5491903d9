// npm run bench: every number of docs/performance.md beside its goal, measured on this machine.
//   --only NAME   one case (see scripts/bench/cases.mjs); --runs N (5); --json
//   --peers       instead: request and reply beside NATS and Redis, whichever servers of these are installed
import { availableParallelism, loadavg } from 'node:os'
import { buildApps } from './build-apps.mjs'
import { ready } from './ready.mjs'

const { only, runs, json, peers, problem } = read(process.argv.slice(2))
ready()
buildApps()
const { cases } = await import('./bench/cases.mjs')
if (problem !== undefined || (only !== undefined && !(only in cases))) {
  const usage = `npm run bench -- [--only NAME | --peers] [--runs N] [--json]; NAME is one of ${Object.keys(cases).join(', ')}`
  process.stderr.write(`${problem ?? `no case is called ${only}`}\n${usage}\n`)
  process.exit(2)
}

const machine = { cores: availableParallelism(), node: process.version, loadBefore: loadavg() }
if (!json) process.stdout.write(`${machineText()}\n\n`)
if (peers) {
  await besidePeers()
  process.exit(0)
}
const rows = []
const failures = []
for (const name of only === undefined ? Object.keys(cases) : [only]) {
  try {
    const measuredRows = await cases[name]({ runs, tell: (text) => process.stderr.write(`${name}: ${text}\n`) })
    for (const row of measuredRows) {
      rows.push({ case: name, ...row })
      if (!json) process.stdout.write(rowText(row))
    }
  } catch (error) {
    failures.push({ case: name, problem: error.message })
    process.stderr.write(`${name}: ${error.stack}\n`)
  }
}
const loadAfter = loadavg()
if (json) process.stdout.write(`${JSON.stringify({ ...machine, loadAfter, runs, rows, failures }, null, 2)}\n`)
else process.stdout.write(`\nload average now ${loadText(loadAfter)}\n`)
// A number that misses its goal is no failure; one that could not be measured is.
process.exit(failures.length === 0 ? 0 : 1)

async function besidePeers() {
  const { measurePeers, peersLegend, peersTable } = await import('./bench/peers/measure.mjs')
  const measured = await measurePeers({ runs, tell: (text) => process.stderr.write(`peers: ${text}\n`) })
  const loadAfter = loadavg()
  if (json) process.stdout.write(`${JSON.stringify({ ...machine, loadAfter, runs, peers: measured }, null, 2)}\n`)
  else process.stdout.write(`${peersTable(measured)}\n${peersLegend}load average now ${loadText(loadAfter)}\n`)
}

function loadText(load) {
  return load.map((one) => one.toFixed(1)).join(' ')
}

function machineText() {
  return `${machine.cores} cores, Node ${machine.node}, load average ${loadText(machine.loadBefore)}; medians of ${runs} alternating runs`
}

function rowText({ name, value, unit, goal, met, note = '' }) {
  const number = value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 3)
  const verdict = goal === '' ? '' : met ? 'met' : 'missed'
  return `${name.padEnd(54)} ${number.padStart(10)} ${unit.padEnd(18)} ${goal.padEnd(11)} ${verdict.padEnd(7)} ${note}\n`
}

function read(words) {
  const given = { runs: 5, json: false, peers: false }
  for (let at = 0; at < words.length; at++) {
    const word = words[at]
    if (word === '--json') given.json = true
    else if (word === '--peers') given.peers = true
    else if (word === '--only') given.only = words[++at]
    else if (word === '--runs' && Number(words[at + 1]) >= 1) given.runs = Math.floor(Number(words[++at]))
    else given.problem = `bench does not know ${word}`
  }
  if (given.peers && given.only !== undefined)
    given.problem = '--peers measures something else than the cases: leave out --only'
  return given
}
