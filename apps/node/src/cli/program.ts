import type { ConfigurationSource } from '@ring/config'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type DiscoveryName, discoveryNames } from '../setup/ring-section.ts'
import { packageVersion } from '../version.ts'
import { askCommands } from './asking/ask-commands.ts'
import { addConfigCommand } from './config/config-command.ts'
import { sourceOf } from './config/config-source.ts'
import { type ConfigurationFlags, configurationOfFlags, flagsForNoFile } from './daemon/flag-configuration.ts'
import { gossipRouterCommand } from './gossip-router-command.ts'
import { initCommand } from './init-command.ts'
import { keyCommand } from './key-command.ts'
import { recoverCommand } from './recover-command.ts'

/** What `ring-node run` was asked for; the same for CHMPX's flags. */
export interface RunRequest {
  readonly configuration: ConfigurationSource
  readonly ctlPort: number | undefined
  readonly cuk: string | undefined
  readonly host: string | undefined
  readonly logLevel: string
  readonly logFile: string | undefined
  readonly onHup: 'exit' | 'reload'
  readonly stateDirectory?: string
  readonly runtimeDirectory?: string
  readonly httpPort?: number
  readonly port?: number
  readonly slave?: boolean
  readonly discovery?: readonly DiscoveryName[]
}

export const helpText = `
Examples:
  $ ring-node run --config server.ini          run the node that this machine is in server.ini
  $ ring-node run --config ring.yaml --ctlport 9031
                                               run the second node of a ring on one machine
  $ ring-node run --group shop --ctlport 9021 --discovery ping
                                               run a node without a file; the others find it
  $ ring-node -conf server.ini -ctlport 9031   as run --config, in CHMPX's way (HUP then ends it)

Signals: TERM and INT leave the ring and end; HUP reloads the configuration and opens the log file again (with -conf it
ends, as CHMPX does).
Exit codes: 0 ended in order, 1 could not run, 2 wrong usage, 3 nothing changed (recover) or not ready (status),
70 an error that should not happen, 78 the configuration is not valid, 130 interrupted twice, 143 ended by TERM before it had begun.
`

const chmpxHelp = `
CHMPX's flags: -conf|-f FILE  -json TEXT  -ctlport PORT  -cuk TEXT  -d silent|err|wan|info|msg|dump  -dfile FILE  -h  -v
`

interface RunOptions extends ConfigurationFlags {
  readonly config?: string
  readonly slave?: boolean
  readonly discovery?: readonly DiscoveryName[]
  readonly cuk?: string
  readonly host?: string
  readonly logLevel: string
  readonly logFile?: string
  readonly onHup: 'exit' | 'reload'
  readonly stateDir?: string
  readonly runtimeDir?: string
  readonly httpPort?: number
}

/** The command line of today. `run` gets the request; problems of usage end in commander's own error, with exit code 2. */
export function commandLine(run: (request: RunRequest) => Promise<void>): Command {
  const program = new Command('ring-node')
    .description('A node of a ring: keyed messages between programs, on servers that know each other.')
    .version(packageVersion(), '-V, --version')
    .addHelpText('after', helpText + chmpxHelp)
    .showSuggestionAfterError()
  const runCommand = program
    .command('run')
    .description('run a node until it is told to end')
    .option(
      '-c, --config <file|json>',
      'configuration: a file (.ini, .yaml, .json) or a JSON text; else RING_CONF, RING_JSON, CHMCONFFILE, CHMJSONCONF',
    )
    .option('--ctlport <port>', 'which node of the configuration this is', port)
    .option('--cuk <text>', 'which node this is, by its CUK')
    .option('--host <name>', "which node this is, by its NAME, where the machine's own names do not tell")
    .addOption(new Option('--log-level <level>').choices(['silent', 'error', 'warn', 'info', 'debug']).default('info'))
    .option('--log-file <file>', 'append the log to a file instead of standard output; HUP opens it again')
    .addOption(new Option('--on-hup <what>', 'what HUP does').choices(['reload', 'exit']).default('reload'))
    .option('--state-dir <directory>', 'instead of STATEDIR in [RING]')
    .option('--runtime-dir <directory>', 'instead of RUNTIMEDIR in [RING]')
    .option('--http-port <port>', 'instead of HTTPPORT in [RING]: /livez, /readyz and /metrics', port)
    .option('--discovery <names>', `instead of DISCOVERY in [RING]: ${discoveryNames.join(', ')}`, discovery)
  addFlagsForNoFile(runCommand).action(async (options: RunOptions, command: Command) => {
    const source = sourceOfRun(options)
    if (source.kind === 'none') command.error(`error: ${source.problem}`, { exitCode: 2 })
    else await run(requestOf(source, options))
  })
  addConfigCommand(program, port)
  const print = (text: string) => void process.stdout.write(text)
  program.addCommand(keyCommand(print))
  program.addCommand(initCommand(print))
  program.addCommand(gossipRouterCommand(port))
  program.addCommand(recoverCommand(port))
  for (const command of askCommands(port)) program.addCommand(command)
  return program
}

function addFlagsForNoFile(command: Command): Command {
  return command
    .option('--slave', 'where no server is listed: run a slave')
    .option('--port <port>', 'where no server is listed: PORT (CTLPORT - 1 when not given)', port)
    .option('--group <name>', 'run without a configuration: the name of the ring')
    .option('--bind <addresses>', 'without a configuration: BIND in [RING]')
    .option('--group-key-file <file>', 'without a configuration: GROUPKEYFILE')
    .option('--multicast <address:port>', 'without a configuration: MULTICAST')
    .option('--multicast-if <address>', 'without a configuration: MULTICASTIF')
    .option('--routers <list>', 'without a configuration: ROUTERS')
    .option('--router-port <port>', 'without a configuration: ROUTERPORT', port)
    .option('--dns-query <name>', 'without a configuration: DNSQUERY')
    .option('--dns-type <type>', 'without a configuration: DNSTYPE')
    .option('--dns-port <port>', 'without a configuration: DNSPORT', port)
    .option('--dns-server <address>', 'without a configuration: DNSSERVER')
}

/** `--group` is a configuration of its own; the environment then has none to say. */
function sourceOfRun(options: RunOptions): ReturnType<typeof sourceOf> {
  const { group, config } = options
  if (group !== undefined && config === undefined) return configurationOfFlags({ ...options, group })
  const [flag] = flagsForNoFile(options)
  if (flag === undefined) return sourceOf(undefined, options, process.env)
  const problem =
    config === undefined
      ? `${flag} makes a configuration without a file, which needs the name of the ring: --group`
      : `${flag} is for a node without a configuration; say it in ${config} instead`
  return { kind: 'none', problem }
}

function discovery(text: string): readonly DiscoveryName[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase())
  const known = names.flatMap((name) => discoveryNames.filter((one) => one === name))
  if (known.length !== names.length) {
    throw new InvalidArgumentError(`must be one or more of ${discoveryNames.join(', ')}, with commas`)
  }
  return known
}

function requestOf(configuration: ConfigurationSource, options: RunOptions): RunRequest {
  return {
    configuration,
    ctlPort: options.ctlport,
    cuk: options.cuk,
    host: options.host,
    logLevel: options.logLevel,
    logFile: options.logFile,
    onHup: options.onHup,
    ...(options.stateDir !== undefined && { stateDirectory: options.stateDir }),
    ...(options.runtimeDir !== undefined && { runtimeDirectory: options.runtimeDir }),
    ...(options.httpPort !== undefined && { httpPort: options.httpPort }),
    ...(options.port !== undefined && { port: options.port }),
    ...(options.slave !== undefined && { slave: options.slave }),
    ...(options.discovery !== undefined && { discovery: options.discovery }),
  }
}

function port(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw new InvalidArgumentError('must be a port, 1 to 65535')
  return value
}
