// npm run random-run: a ring of real processes makes calls of every kind while faults strike it at random, and every promise of
// docs/guarantees.md that can be seen from outside is checked at the end. docs/simulation.md has what it does and checks.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as later } from 'node:timers/promises'
import { buildApps } from '../build-apps.mjs'
import { ready } from '../ready.mjs'
import { isSource } from './code.mjs'
import { Faults } from './faults.mjs'
import { judged } from './judge.mjs'
import { randomOf } from './random.mjs'
import { endedIn } from './records.mjs'
import { report } from './report.mjs'
import { Ring } from './ring.mjs'

const usage = 'npm run random-run -- [--calls 100000] [--seed N] [--seconds N] [--json] [--keep]'
const given = read(process.argv.slice(2))
if (!isSource) {
  ready()
  buildApps()
}
const directory = mkdtempSync(join(tmpdir(), 'ring-run-'))
const ring = new Ring(directory)
const tell = (text) => process.stderr.write(`${text}\n`)
process.on('exit', () => ring.end())
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130))

tell(
  `seed ${given.seed}, ${given.calls.toLocaleString('en')} calls, at most ${given.seconds} s; records and logs in ${directory}`,
)
await ring.start()
// So many faults find few calls: those of a small run are spread over some seconds.
const atLeastMs = 15_000
await ring.startClients({ seed: given.seed, calls: Math.ceil(given.calls / 4), atLeastMs })
const startMs = performance.now()
const faults = new Faults(ring, randomOf(given.seed))
const striking = faults.run()
const ends = ring.clients.map(
  ({ child, label }) =>
    new Promise((resolve, reject) => {
      child.on('message', (message) => resolve(message))
      child.on('exit', () => reject(new Error(`${label} ended before its calls had`)))
      child.send('run')
    }),
)
const limit = setTimeout(() => {
  for (const { child } of ring.clients) child.send('stop')
}, given.seconds * 1_000)
const tellEveryMs = 10_000
const telling = setInterval(() => {
  const ended = ring.clients.reduce((sum, _, client) => sum + endedIn(ring.path(`endings-${client}`)), 0)
  const passed = ((performance.now() - startMs) / 1_000).toFixed(0)
  tell(`${ended.toLocaleString('en')} calls have ended after ${passed} s; ${faults.done.length} faults`)
}, tellEveryMs)
const callers = await Promise.all(ends)
clearTimeout(limit)
clearInterval(telling)
faults.over()
await striking
const seconds = (performance.now() - startMs) / 1_000
const isWhole = await whole()
writeFileSync(ring.path('faults.json'), JSON.stringify(faults.done))
const result = judged({ ring, faults: faults.done, callers, isWhole })
for (const { child } of ring.clients) child.removeAllListeners('exit')
ring.end()
report({ ...given, seconds, ...result, faults: faults.done })
const isBroken = result.findings.found.size > 0
if (!isBroken && !given.keep) rmSync(directory, { recursive: true, force: true })
else tell(`records and logs are in ${directory}`)
process.exit(isBroken ? 1 : 0)

/** Whether all nodes are one ring again within a generous time. */
async function whole() {
  for (let tries = 0; tries < 120; tries++) {
    if (await ring.isWhole()) return true
    await later(250)
  }
  return false
}

function read(words) {
  const options = { calls: 100_000, seed: Date.now() % 1_000_000, seconds: 1_800, json: false, keep: false }
  for (let at = 0; at < words.length; at++) {
    const word = words[at]
    const name = word.slice(2)
    if (word === '--json' || word === '--keep') options[name] = true
    else if (['--calls', '--seed', '--seconds'].includes(word) && /^\d+$/.test(words[at + 1] ?? ''))
      options[name] = Number(words[++at])
    else {
      process.stderr.write(`random-run does not know ${word}\n${usage}\n`)
      process.exit(2)
    }
  }
  return options
}
