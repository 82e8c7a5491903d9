// npm run bench:membership: the numbers of docs/membership-numbers.md beside their goals, measured on this machine.
//   --only NAME[,NAME]   some cases (see cases.ts); --runs N (5); --json
import { spawnSync } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { cases } from './cases.ts'
import { headings, isMet, line, median, type Row, rowText, worst } from './rows.ts'

const { only, runs, json, problem } = read(process.argv.slice(2))
if (problem !== undefined) {
  const usage = `npm run bench:membership -- [--only NAME,...] [--runs N] [--json]; NAME is one of ${Object.keys(cases).join(', ')}`
  process.stderr.write(`${problem}\n${usage}\n`)
  process.exit(2)
}
build()

const machine = { cores: availableParallelism(), node: process.version, loadBefore: loadavg() }
if (!json) {
  const load = machine.loadBefore.map((one) => one.toFixed(1)).join(' ')
  process.stdout.write(`${machine.cores} cores, Node ${machine.node}, load average ${load}\n\n${line(headings)}`)
}
const rows: (Row & { readonly case: string })[] = []
const failures: { readonly case: string; readonly problem: string }[] = []
for (const name of only) {
  try {
    const measured = await cases[name]!({ runs, tell: (text) => process.stderr.write(`${name}: ${text}\n`) })
    for (const row of measured) {
      rows.push({ case: name, ...row })
      if (!json) process.stdout.write(rowText(row))
    }
  } catch (error) {
    failures.push({ case: name, problem: (error as Error).message })
    process.stderr.write(`${name}: ${(error as Error).stack}\n`)
  }
}
const loadAfter = loadavg()
if (json) {
  const measured = rows.map((row) => ({
    ...row,
    medianMs: median(row.samples),
    worstMs: worst(row.samples),
    met: isMet(row),
  }))
  process.stdout.write(`${JSON.stringify({ ...machine, loadAfter, rows: measured, failures }, null, 2)}\n`)
} else process.stdout.write(`\nload average now ${loadAfter.map((one) => one.toFixed(1)).join(' ')}\n`)
// A number that misses its goal is no failure; one that could not be measured is.
process.exit(failures.length === 0 ? 0 : 1)

/** The members run as users' programs do: built JavaScript. */
function build(): void {
  const args = ['run', 'build', '--filter=@ring/merge', '--output-logs=errors-only']
  const built = spawnSync('turbo', args, { encoding: 'utf8' })
  if (built.status === 0) return
  process.stderr.write(`${built.stdout ?? ''}${built.stderr ?? ''}\nThe build failed; see above.\n`)
  process.exit(1)
}

function read(words: readonly string[]) {
  const given = { runs: 5, json: false, only: Object.keys(cases), problem: undefined as string | undefined }
  for (let at = 0; at < words.length; at++) {
    const word = words[at]
    if (word === '--json') given.json = true
    else if (word === '--only') given.only = (words[++at] ?? '').split(',')
    else if (word === '--runs' && Number(words[at + 1]) >= 1) given.runs = Math.floor(Number(words[++at]))
    else given.problem = `bench:membership does not know ${word}`
  }
  const unknown = given.only.find((name) => !(name in cases))
  if (unknown !== undefined) given.problem ??= `no case is called ${unknown}`
  return given
}
