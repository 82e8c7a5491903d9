import { mkdir, open, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { NodeSetupError } from '../errors.ts'
import { createKeyFile } from '../key-file-edit.ts'
import { configurationText, keyFileName, nextSteps, type RingPlan } from '../new-ring.ts'

const helpText = `
Examples:
  $ ring-node init                          three servers and a slave on this machine, in ./ring
  $ ring-node init --host a.example b.example c.example
                                            one server on each host
`

interface InitOptions {
  readonly nodes?: number
  readonly host?: readonly string[]
  readonly group: string
  readonly port: number
  readonly form: RingPlan['form']
  readonly dir: string
}

/** `ring-node init`: a configuration with a fresh group key, for people who begin. */
export function initCommand(print: (text: string) => void): Command {
  return new Command('init')
    .description('write a configuration with a fresh group key')
    .option('--nodes <count>', 'servers on this machine (3)', count)
    .option('--host <name...>', 'a server on each of these hosts instead')
    .option('--group <name>', 'name of the ring', groupName, 'ring')
    .option('--port <port>', 'PORT of the first server; the others follow', firstPort, 8020)
    .addOption(new Option('--form <form>', 'form of the file').choices(['yaml', 'ini', 'json']).default('yaml'))
    .option('--dir <directory>', 'where to write', 'ring')
    .addHelpText('after', helpText)
    .action(async (options: InitOptions, command: Command) => {
      const { host: hosts = [], nodes, group, port, form, dir } = options
      if (hosts.length > 0 && nodes !== undefined && nodes !== hosts.length)
        command.error('error: --nodes and --host do not agree; give one of them', { exitCode: 2 })
      for (const host of hosts)
        if (!/^[A-Za-z0-9_.:-]{1,253}$/.test(host))
          command.error(`error: ${JSON.stringify(host)} is no host name or address`, { exitCode: 2 })
      print(await writeRing({ group, hosts, servers: nodes ?? 3, firstPort: port, form, tls: false }, dir))
    })
}

/** Both files or none; what is there already stays. */
async function writeRing(plan: RingPlan, directory: string): Promise<string> {
  const file = join(directory, `ring.${plan.form}`)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const configuration = await open(file, 'wx', 0o644).catch((error: unknown) => {
    throw new NodeSetupError(`Could not write ${file}: ${(error as Error).message}. Give another --dir.`, {
      cause: error,
    })
  })
  try {
    await configuration.writeFile(configurationText(plan))
    await createKeyFile(join(directory, keyFileName))
  } catch (error) {
    await rm(file, { force: true })
    throw error
  } finally {
    await configuration.close()
  }
  const written = `Wrote ${file} and ${join(directory, keyFileName)} (the group key: keep it secret).\n\n`
  return written + nextSteps(plan, directory, shellWord(relative('.', file) || file))
}

/** As a shell takes it. */
function shellWord(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 64) throw new InvalidArgumentError('must be 1 to 64')
  return value
}

function groupName(text: string): string {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(text)) throw new InvalidArgumentError('must be letters, digits, - _ or .')
  return text
}

/** So that the ports of 64 servers fit behind it. */
function firstPort(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1024 || value > 64_000)
    throw new InvalidArgumentError('must be 1024 to 64000')
  return value
}
