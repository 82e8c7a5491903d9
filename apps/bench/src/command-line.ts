import { createRequire } from 'node:module'
import { runCompare } from './compare-files.ts'
import { helpText } from './core/help.ts'
import { parseArguments } from './core/parse-arguments.ts'
import type { Command } from './core/settings.ts'
import { codeOf } from './core/tally.ts'
import { exitCodes } from './exit-codes.ts'
import { runClientEnd } from './part/client-end.ts'
import { runServerEnd } from './part/server-end.ts'
import { StopSignals } from './process/stop-signals.ts'
import type { Entry } from './process/worker-process.ts'
import { runSpeed } from './speed/speed.ts'

/** `ring-bench` with these words. Returns the exit code; never throws. */
export async function runCommandLine(words: readonly string[], entry: Entry): Promise<number> {
  try {
    return await run(parseArguments(words, process.env), entry)
  } catch (error) {
    const code = codeOf(error)
    const text = error instanceof Error ? error.message : String(error)
    process.stderr.write(`ring-bench: ${text} [${code}]\n`)
    return exitCodeOf(code)
  }
}

async function run(command: Command, entry: Entry): Promise<number> {
  switch (command.command) {
    case 'help':
      process.stdout.write(helpText())
      return exitCodes.ok
    case 'version':
      process.stdout.write(`ring-bench ${packageVersion()}\n`)
      return exitCodes.ok
    case 'client':
      return runClientEnd(command.settings, entry, new StopSignals())
    case 'server':
      return runServerEnd(command.settings, entry, new StopSignals())
    case 'compare':
      return runCompare(command.settings)
    case 'speed':
      return runSpeed(command.settings, entry, new StopSignals())
  }
}

function exitCodeOf(code: string): number {
  if (code === 'RING_BENCH_USAGE') return exitCodes.usage
  if (code === 'RING_BENCH_UNAVAILABLE') return exitCodes.unavailable
  if (code.startsWith('RING_CONFIG') || code === 'RING_NODE_SETUP') return exitCodes.configuration
  return code.startsWith('RING_') ? exitCodes.failed : exitCodes.software
}

function packageVersion(): string {
  const manifest = createRequire(import.meta.url)('../package.json') as { version: string }
  return manifest.version
}
