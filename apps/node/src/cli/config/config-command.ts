import type { ConfigurationSource } from '@ring/config'
import { type Command, Option } from 'commander'
import { checkConfiguration } from './config-check.ts'
import { convertCommand } from './config-convert.ts'
import { showConfiguration } from './config-show.ts'
import { type CommandResult, type ConfigOptions, sourceOf } from './config-source.ts'

const examples = `
Examples:
  $ ring-node config check server.ini                 every mistake with its line; exit code 78 if there is one
  $ ring-node config show ring.yaml --ctlport 9031    the values that hold, and which node this is
  $ ring-node config show server.ini --chmpx          as CHMPX's chmpxconftest prints it
  $ ring-node config convert server.ini --to yaml --output ring.yaml
`

const conversion = `
What is included is written in its place, comments are lost, relative paths count from the directory of the output (or,
on standard output, of the source). Secrets are written out, but to standard output only with --with-secrets; a file is
new and has mode 0600.
`

/** Adds `config check | show | convert`; each prints its result and sets the exit code. */
export function addConfigCommand(program: Command, port: (text: string) => number): void {
  const config = program
    .command('config')
    .description('check, show or convert a configuration')
    .addHelpText('after', examples)
  const add = (name: string, description: string) =>
    config
      .command(`${name} [configuration]`)
      .description(description)
      .option('-c, --config <file|json>', 'the configuration, in place of the argument; else as the environment says')
      .option('--ctlport <port>', 'which node of the configuration this is', port)
      .option('--cuk <text>', 'which node this is, by its CUK')
  // Commander knows the options by what was added to the command, not by a type.
  const run = (command: Command, action: (source: ConfigurationSource, options: never) => Promise<CommandResult>) =>
    command.action(async (argument: string | undefined, options: ConfigOptions) => {
      const source = sourceOf(argument, options, process.env)
      if (source.kind === 'none') command.error(`error: ${source.problem}`, { exitCode: 2 })
      else finish(await action(source, options as never))
    })
  run(add('check', 'tell every mistake with its line').option('--json', 'for scripts'), checkConfiguration)
  run(
    add('show', 'print the values that hold; secrets are masked')
      .addOption(new Option('--json', 'for scripts').conflicts('chmpx'))
      .option('--chmpx', "as CHMPX's chmpxconftest prints it")
      .option('--own-address <address>', 'with --chmpx: what to print for localhost, instead of the address found'),
    showConfiguration,
  )
  run(
    add('convert', 'write it in another form')
      .addOption(new Option('--to <form>', 'the new form').choices(['ini', 'yaml', 'json']).makeOptionMandatory())
      .option('--output <file>', 'write to a new file')
      .option('--with-secrets', 'print secrets to standard output')
      .addHelpText('after', conversion),
    convertCommand,
  )
}

function finish({ out, err, exitCode }: CommandResult): void {
  process.stdout.write(out)
  process.stderr.write(err)
  process.exitCode = exitCode
}
