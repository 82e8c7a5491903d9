import { parseArgs } from 'node:util'
import { World } from '@ring/testkit'
import type { Quorum } from './node-process.ts'
import { soundRing } from './node-ring.ts'
import { type RunResult, runNodes } from './random-run.ts'
import { isNodeVariantName, type NodeVariantName, nodeVariants } from './variants.ts'

// Whoever reads only the beginning (head, less) has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

const usage = `Simulates whole nodes: membership and messages together, with programs that ask, and trouble drawn from a seed.

  --seed N                one seed, with its history; without it: seeds 1 to --seeds
  --seeds N               how many seeds (default 20)
  --quorum none|majority  (default majority)
  --variant NAME          with one rule taken out:
                          ${Object.keys(nodeVariants).join(', ')}
  --full                  the whole history, not only its end
  --json                  the outcome as one line of JSON
  --help                  this text

Checked in every seed: K1 (every call ends once, in time, with an outcome that is true; at most once), K2 (order),
D1 (where a call runs), M3 (nothing starts for a life that is out), K4 (nothing without a quorum; majority),
that nothing is left over at the end, and that all are one ring again, and answer, once the trouble is over.
Ends with 0 where every promise was kept, 1 where one was broken, 2 where the call was wrong.
`

const shownLines = 200
const firstLines = 5
const tracedLines = 400_000

interface Call {
  readonly quorum: Quorum
  readonly variant: NodeVariantName | undefined
  readonly full: boolean
  readonly json: boolean
}

type Verdict =
  | { readonly kind: 'kept'; readonly result: RunResult }
  | { readonly kind: 'broken'; readonly reason: string }

async function run(seed: number, { quorum, variant }: Call, traceLines: number) {
  const world = new World({ seed, traceLines })
  const rules = variant === undefined ? soundRing : nodeVariants[variant]
  const verdict: Verdict = await runNodes(world, seed, { ...rules, quorum }).then(
    (result) => ({ kind: 'kept', result }),
    (error: unknown) => ({ kind: 'broken', reason: error instanceof Error ? error.message : String(error) }),
  )
  return { world, verdict }
}

function replayCall(seed: number, { quorum, variant }: Call): string {
  return `npm run sim -- --subject node --seed ${seed} --quorum ${quorum}${variant === undefined ? '' : ` --variant ${variant}`}`
}

async function replay(seed: number, call: Call): Promise<number> {
  const { world, verdict } = await run(seed, call, tracedLines)
  const lines = world.trace.lines()
  if (call.json)
    console.log(JSON.stringify({ seed, trace: world.traceHash(), ...verdict, ...(call.full && { lines }) }))
  else {
    console.log((call.full ? lines : endOf(lines, `${replayCall(seed, call)} --full`)).join('\n'))
    console.log(`seed ${seed}, trace ${world.traceHash()}, ${world.trace.count} lines`)
    if (verdict.kind === 'kept') console.log(`kept every promise: ${JSON.stringify(verdict.result)}`)
    else console.log(`BROKEN by seed ${seed}: ${verdict.reason}`)
  }
  return verdict.kind === 'kept' ? 0 : 1
}

/** The last lines of a history, and the first; between them how to see the rest. */
function endOf(lines: readonly string[], howToSeeAll: string): readonly string[] {
  const left = lines.length - firstLines - shownLines
  if (left <= 0) return lines
  return [...lines.slice(0, firstLines), `... ${left} lines more: ${howToSeeAll}`, ...lines.slice(-shownLines)]
}

async function sweep(seeds: number, call: Call): Promise<number> {
  const sums = { calls: 0, starts: 0, slowestMs: 0, stoodStill: 0 }
  for (let seed = 1; seed <= seeds; seed++) {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[Kseed ${seed} of ${seeds}`)
    const { verdict } = await run(seed, call, 0)
    if (verdict.kind === 'broken') return tellBroken(seed, verdict.reason, call)
    const { calls, starts, settledMs } = verdict.result
    sums.calls += calls
    sums.starts += starts
    sums.slowestMs = Math.max(sums.slowestMs, settledMs ?? 0)
    if (settledMs === undefined) sums.stoodStill += 1
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  if (call.json) console.log(JSON.stringify({ kind: 'kept', seeds, ...sums }))
  else {
    console.log(
      `${seeds} seeds kept every promise: ${sums.calls} calls, ${sums.starts} handlers, ${call.quorum} quorum`,
    )
    console.log(`after the trouble all were one ring within ${(sums.slowestMs / 1000).toFixed(1)} s in the slowest`)
    if (sums.stoodStill > 0) console.log(`${sums.stoodStill} had lost too many disks for that`)
  }
  return 0
}

function tellBroken(seed: number, reason: string, call: Call): number {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  if (call.json) console.log(JSON.stringify({ kind: 'broken', seed, reason, replay: replayCall(seed, call) }))
  else console.log(`BROKEN by seed ${seed}: ${reason}\nsee it: ${replayCall(seed, call)}`)
  return 1
}

/** A whole number above 0, or `undefined` where the text is none. */
function count(text: string): number | undefined {
  const value = Number(text)
  return Number.isSafeInteger(value) && value > 0 ? value : undefined
}

function wrong(message: string): number {
  console.error(`${message}\n\n${usage}`)
  return 2
}

async function main(): Promise<number> {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    options: { seed: text, seeds: text, quorum: text, variant: text, full: flag, json: flag, help: flag },
  })
  const { quorum = 'majority', variant, full, json, help } = values
  const seed = count(values.seed ?? '1')
  const seeds = count(values.seeds ?? '20')
  if (help) {
    console.log(usage)
    return 0
  }
  if (seed === undefined || seeds === undefined) return wrong('--seed and --seeds are whole numbers above 0')
  if (quorum !== 'none' && quorum !== 'majority') return wrong(`--quorum is none or majority, not ${quorum}`)
  if (variant !== undefined && !isNodeVariantName(variant)) return wrong(`there is no variant ${variant}`)
  const call: Call = { quorum, variant, full, json }
  return values.seed === undefined ? await sweep(seeds, call) : await replay(seed, call)
}

process.exitCode = await main()
