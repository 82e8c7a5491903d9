/* eslint-disable no-console -- a command-line tool */
import { type LargeFigures, largeTable, measureLarge } from './large-figures.ts'
import { type Command, commandOf, type Named, usage } from './options.ts'
import { leastTrouble, replayCall, sweep, traced } from './seeds.ts'

type CommandOf<K extends Command['kind']> = Extract<Command, { kind: K }>

const shownLines = 200
const firstLines = 5

// Whoever reads only the beginning (head, less) has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

/** Says where it is on a terminal, in one line; elsewhere nothing. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

function replay({ seed, full, json, ...named }: CommandOf<'replay'>): number {
  const { world, verdict } = traced(seed, named.subject)
  const lines = world.trace.lines()
  const shown = full ? lines : endOf(lines, `${replayCall(seed, named)} --full`)
  const trace = world.traceHash()
  if (json) {
    const least = verdict.kind === 'broken' && named.shrink ? { least: leastTrouble(seed, named.subject) } : {}
    console.log(JSON.stringify({ seed, trace, ...verdict, ...least, ...(full && { lines }) }))
  } else {
    console.log(shown.join('\n'))
    console.log(`seed ${seed}, trace ${trace}, ${world.trace.count} lines`)
    if (verdict.kind === 'kept') console.log(`kept every promise: ${JSON.stringify(verdict.result)}`)
    else tellBroken(seed, verdict.reason, named)
  }
  return verdict.kind === 'kept' ? 0 : 1
}

/** The last lines of a history, and the first, which show what was drawn; between them how to see the rest. */
function endOf(lines: readonly string[], howToSeeAll: string): readonly string[] {
  const left = lines.length - firstLines - shownLines
  if (left <= 0) return lines
  return [...lines.slice(0, firstLines), `... ${left} lines more: ${howToSeeAll}`, ...lines.slice(-shownLines)]
}

function tellBroken(seed: number, reason: string, { subject, shrink }: Named): void {
  console.log(`BROKEN by seed ${seed}: ${reason}`)
  if (!shrink) return
  progress('looking for the least trouble that breaks it')
  const least = leastTrouble(seed, subject)
  progress('')
  console.log(`the least trouble that still breaks it:\n${least ?? 'none: it did not break again'}`)
}

function sweepSeeds({ seeds, json, ...named }: CommandOf<'sweep'>): number {
  const outcome = sweep(seeds, named.subject, (seed) => progress(`seed ${seed} of ${seeds}`))
  progress('')
  const call = outcome.kind === 'broken' ? replayCall(outcome.seed, named) : undefined
  if (json) {
    const isWanted = outcome.kind === 'broken' && named.shrink
    const least = isWanted ? { least: leastTrouble(outcome.seed, named.subject) } : {}
    console.log(JSON.stringify({ seeds, ...outcome, ...(call !== undefined && { replay: call }), ...least }))
  } else if (outcome.kind === 'kept') {
    const { views, leaves, slowestMs } = outcome
    console.log(`${seeds} seeds kept every promise: ${views} views, ${leaves} leaves, ${named.subject.quorum} quorum`)
    console.log(`after the trouble one view came within ${(slowestMs / 1000).toFixed(1)} s in the slowest`)
  } else {
    tellBroken(outcome.seed, outcome.reason, named)
    console.log(`see it: ${call ?? ''}`)
  }
  return outcome.kind === 'kept' ? 0 : 1
}

function large({ members, seed, quorum, long, json }: CommandOf<'large'>): number {
  const startMs = performance.now()
  const columns: LargeFigures[] = []
  for (const size of members) {
    try {
      const tell = (what: string) => progress(`${size} members: ${what}`)
      columns.push(measureLarge({ members: size, seed, quorum, long, progress: tell }))
    } catch (error) {
      progress('')
      console.error(
        `BROKEN with ${size} members, seed ${seed}: ${error instanceof Error ? error.message : String(error)}`,
      )
      return 1
    }
  }
  progress('')
  const tookS = Math.round((performance.now() - startMs) / 1000)
  if (json) console.log(JSON.stringify({ seed, quorum, tookS, columns }))
  else console.log(`${largeTable(columns)}\n\nseed ${seed}, QUORUM = ${quorum}; simulated in ${tookS} s`)
  return 0
}

function main(): number {
  const command = commandOf(process.argv.slice(2))
  switch (command.kind) {
    case 'help':
      console.log(usage)
      return 0
    case 'wrong':
      console.error(`${command.message}\n\n${usage}`)
      return 2
    case 'replay':
      return replay(command)
    case 'sweep':
      return sweepSeeds(command)
    case 'large':
      return large(command)
  }
}

process.exitCode = main()
