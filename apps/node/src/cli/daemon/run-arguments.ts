import { sourceFromArgument, sourceFromEnvironment } from '@ring/config'
import { type Command, CommanderError } from 'commander'
import { packageVersion } from '../../version.ts'
import { exitCodes } from '../exit-codes.ts'
import { commandLine } from '../program.ts'
import { reportError } from '../report-error.ts'
import { isChmpxStyle, parseChmpxFlags } from './chmpx-flags.ts'
import { runDaemon } from './daemon.ts'

/** Runs what the arguments of the process ask for: a command of today, or CHMPX's flags. */
export async function runArguments(args: readonly string[]): Promise<void> {
  if (isChmpxStyle(args)) await runChmpxStyle(args)
  else await runCommandLine(args)
}

async function runChmpxStyle(args: readonly string[]): Promise<void> {
  const parsed = parseChmpxFlags(args)
  if (!parsed.ok) {
    usage(parsed.problem)
    return
  }
  const { configuration: given, wants, ...flags } = parsed.flags
  const configuration = given === undefined ? sourceFromEnvironment(process.env) : sourceFromArgument(given)
  if (wants === 'version') process.stdout.write(`ring-node ${packageVersion()}\n`)
  else if (wants === 'help') commandLine(runDaemon).outputHelp()
  else if (configuration === undefined) usage('no configuration; give -conf FILE or -json TEXT')
  else await runDaemon({ ...flags, configuration, host: undefined, logLevel: flags.logLevel ?? 'info', onHup: 'exit' })
}

async function runCommandLine(args: readonly string[]): Promise<void> {
  const program = commandLine(runDaemon)
  endsInErrors(program)
  try {
    if (args.length === 0) program.outputHelp()
    else await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) process.exitCode = reportError(error)
    else process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  }
}

/** Commands of commands, too. */
function endsInErrors(command: Command): void {
  command.exitOverride()
  for (const one of command.commands) endsInErrors(one)
}

function usage(problem: string): void {
  process.stderr.write(`ring-node: ${problem}\n`)
  process.exitCode = exitCodes.usage
}
