/* eslint-disable no-console -- a command-line tool */
import { parseArgs } from 'node:util'
import { World } from '@ring/testkit'
import { soundRules } from '../core/voting/rules.ts'
import { type RandomRunResult, randomRun } from './random-run.ts'
import { isVariantName, variants } from './variants.ts'

// Whoever reads only the beginning (head, less) has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

const usage = `Simulates a cluster that agrees on one record, with faults drawn from a seed.

  --seed N         one seed, with its history; without it: seeds 1 to --seeds
  --seeds N        how many seeds (default 1000)
  --variant NAME   with one rule taken out: ${Object.keys(variants).join(', ')}
  --full           the whole history, not only its end
  --help           this text
`

const shownLines = 200
const firstLines = 5

type Verdict = { readonly ok: true; readonly result: RandomRunResult } | { readonly ok: false; readonly reason: string }

function run(seed: number, variant: string | undefined): { readonly world: World; readonly verdict: Verdict } {
  const world = new World({ seed, traceLines: 200_000 })
  const rules = variant !== undefined && isVariantName(variant) ? variants[variant] : soundRules
  try {
    return { world, verdict: { ok: true, result: randomRun(world, { rules }) } }
  } catch (error) {
    return { world, verdict: { ok: false, reason: error instanceof Error ? error.message : String(error) } }
  }
}

function replay(seed: number, variant: string | undefined, full: boolean): boolean {
  const { world, verdict } = run(seed, variant)
  const lines = world.trace.lines()
  const rule = variant === undefined ? '' : ` --variant ${variant}`
  const shown = full ? lines : endOf(lines, `npm run sim -- --subject register --seed ${seed}${rule} --full`)
  console.log(shown.join('\n'))
  console.log(`seed ${seed}, trace ${world.traceHash()}, ${world.trace.count} lines`)
  if (verdict.ok) console.log(`kept every promise: ${JSON.stringify(verdict.result)}`)
  else console.log(`BROKEN: ${verdict.reason}`)
  return verdict.ok
}

/** The last lines of a history, and the first, which show what was drawn; between them how to see the rest. */
function endOf(lines: readonly string[], howToSeeAll: string): readonly string[] {
  const left = lines.length - firstLines - shownLines
  if (left <= 0) return lines
  return [...lines.slice(0, firstLines), `... ${left} lines more: ${howToSeeAll}`, ...lines.slice(-shownLines)]
}

function sweep(seeds: number, variant: string | undefined): boolean {
  let committed = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const { verdict } = run(seed, variant)
    if (!verdict.ok) {
      console.log(
        `BROKEN by seed ${seed}: ${verdict.reason}\nsee it with --seed ${seed}${variant === undefined ? '' : ` --variant ${variant}`}`,
      )
      return false
    }
    committed += verdict.result.committed
  }
  console.log(`${seeds} seeds kept every promise; ${committed} changes were committed`)
  return true
}

/** A whole number above 0, or `undefined` where the text is none. */
function count(text: string): number | undefined {
  const value = Number(text)
  return Number.isSafeInteger(value) && value > 0 ? value : undefined
}

function main(): number {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string', default: '1000' },
      variant: { type: 'string' },
      full: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const seed = values.seed === undefined ? undefined : count(values.seed)
  const seeds = count(values.seeds)
  const isWrong = seeds === undefined || (values.seed !== undefined && seed === undefined)
  if (values.help || isWrong || (values.variant !== undefined && !isVariantName(values.variant))) {
    console.log(usage)
    return values.help ? 0 : 2
  }
  const ok = seed === undefined ? sweep(seeds, values.variant) : replay(seed, values.variant, values.full)
  return ok ? 0 : 1
}

process.exitCode = main()
