#!/usr/bin/env node
import { sourceFromEnvironment } from '@ring/config'
import { CommanderError } from 'commander'
import { isChmpxStyle, parseChmpxFlags } from './cli/chmpx-flags.ts'
import { runDaemon } from './cli/daemon.ts'
import { commandLine } from './cli/program.ts'
import { exitCodes } from './exit-codes.ts'
import { packageVersion } from './version.ts'

const args = process.argv.slice(2)
if (isChmpxStyle(args)) await runChmpxStyle()
else await runCommandLine()

async function runChmpxStyle(): Promise<void> {
  const parsed = parseChmpxFlags(args)
  if (!parsed.ok) {
    usage(parsed.problem)
    return
  }
  const { configuration = configurationOfEnvironment(), wants, ...flags } = parsed.flags
  if (wants === 'version') process.stdout.write(`ring-node ${packageVersion()}\n`)
  else if (wants === 'help') commandLine(runDaemon).outputHelp()
  else if (configuration === undefined) usage('no configuration; give -conf FILE or -json TEXT')
  else await runDaemon({ ...flags, configuration, logLevel: flags.logLevel ?? 'info', onHup: 'exit' })
}

function configurationOfEnvironment(): string | undefined {
  const source = sourceFromEnvironment(process.env)
  return source?.kind === 'json' ? source.text : source?.path
}

async function runCommandLine(): Promise<void> {
  const program = commandLine(runDaemon).exitOverride()
  for (const command of program.commands) {
    for (const one of [command, ...command.commands]) one.exitOverride()
  }
  try {
    if (args.length === 0) program.outputHelp()
    else await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  }
}

function usage(problem: string): void {
  process.stderr.write(`ring-node: ${problem}\n`)
  process.exitCode = exitCodes.usage
}
