// npm run bench:builds -- DIR: the rates of this checkout beside those of another, in turn, each measured by its own
// `npm run bench`. The order changes with every round, so that a machine that gets slower is unfair to neither.
//   --rounds N (5); --runs N (3), of each in a round: the first ones still compile; --only NAME[,NAME]; --json
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { rowsOf, tableOf } from './rows.mjs'

const here = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const rates = ['echo', 'large', 'posts', 'tls-four', 'tls-embedded', 'daemon']
const usage = `npm run bench:builds -- DIR [--rounds N] [--runs N] [--only NAME[,NAME]] [--json]
DIR is another checkout, for instance: git worktree add ../before COMMIT
NAME is a case of npm run bench; without --only: ${rates.join(', ')}
`

const { there, rounds, runs, names, json } = given()
const seen = []
for (let round = 0; round < rounds; round++) {
  for (const name of names) {
    const sides = [
      ['here', here],
      ['there', there],
    ]
    const results = { here: [], there: [] }
    for (const [side, checkout] of round % 2 === 0 ? sides : sides.reverse()) {
      process.stderr.write(`round ${round + 1} of ${rounds}: ${name} in ${checkout}\n`)
      results[side] = measure(checkout, name)
    }
    seen.push({ name, ...results })
  }
}
const rows = rowsOf(seen)
if (json) process.stdout.write(`${JSON.stringify({ here, there, rounds, runs, rows }, null, 2)}\n`)
else {
  const load = loadavg().map((one) => one.toFixed(1))
  process.stdout.write(`${availableParallelism()} cores, Node ${process.version}, load average ${load.join(' ')}\n`)
  process.stdout.write(`medians of ${rounds} rounds of ${runs} runs each, in turn\n\n${tableOf(rows)}`)
}

function measure(checkout, name) {
  const words = [join(checkout, 'scripts/bench.mjs'), '--only', name, '--json', '--runs', String(runs)]
  const { stdout, stderr, status } = spawnSync(process.execPath, words, {
    cwd: checkout,
    encoding: 'utf8',
    maxBuffer: 64 * 1_024 * 1_024,
  })
  if (status !== 0) throw new Error(`${name} could not be measured in ${checkout}:\n${stderr}`)
  return JSON.parse(stdout.slice(stdout.indexOf('{\n'))).rows
}

function given() {
  try {
    const { values, positionals } = parseArgs({
      options: {
        rounds: { type: 'string', default: '5' },
        runs: { type: 'string', default: '3' },
        only: { type: 'string', default: rates.join(',') },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
    const [directory = ''] = positionals
    if (!existsSync(join(directory, 'scripts/bench.mjs'))) throw new Error(`no checkout of Ring is in "${directory}"`)
    const { only, json } = values
    const there = resolve(directory)
    return { there, rounds: whole('rounds', values), runs: whole('runs', values), names: only.split(','), json }
  } catch (error) {
    process.stderr.write(`${error.message}\n${usage}`)
    process.exit(2)
  }
}

function whole(name, values) {
  const count = Number(values[name])
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name} takes a whole number from 1 on`)
  return count
}
