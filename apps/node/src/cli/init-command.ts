import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { makeDirectory } from '@ring/transport'
import { Command, InvalidArgumentError, Option } from 'commander'
import { createKeyFile } from '../access/key-file-edit.ts'
import { RingAuthority } from '../access/ring-certificates.ts'
import { NodeSetupError } from '../errors.ts'
import { configurationText, keyFileName, nextSteps, pairWarning, type RingPlan, serversOf } from '../setup/new-ring.ts'

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
  readonly tls?: boolean
}

/** `ring-node init`: a configuration with a fresh group key, for people who begin. */
export function initCommand(print: (text: string) => void): Command {
  return new Command('init')
    .description('write a configuration with a fresh group key into an empty directory')
    .option('--nodes <count>', 'servers on this machine (3)', count)
    .option('--host <name...>', 'a server on each of these hosts instead')
    .option('--group <name>', 'name of the ring', groupName, 'ring')
    .option('--port <port>', 'PORT of the first server; the others follow', firstPort, 8020)
    .addOption(new Option('--form <form>', 'form of the file').choices(['yaml', 'ini', 'json']).default('yaml'))
    .option('--dir <directory>', 'where to write', 'ring')
    .option('--tls', 'with mutual TLS: an authority and certificates, made with openssl')
    .addHelpText('after', helpText)
    .action(async (options: InitOptions, command: Command) => {
      const { host: hosts = [], nodes, group, port, form, dir, tls = false } = options
      if (hosts.length > 0 && nodes !== undefined && nodes !== hosts.length)
        command.error('error: --nodes and --host do not agree; give one of them', { exitCode: 2 })
      for (const host of hosts)
        if (!/^[A-Za-z0-9_.:-]{1,253}$/.test(host))
          command.error(`error: ${JSON.stringify(host)} is no host name or address`, { exitCode: 2 })
      print(await writeRing({ group, hosts, servers: nodes ?? 3, firstPort: port, form, tls }, dir))
    })
}

/** Everything or nothing; what is there already stays. */
async function writeRing(plan: RingPlan, directory: string): Promise<string> {
  if (plan.tls) await RingAuthority.checkTool()
  await makeRingDirectory(directory)
  const before = await readdir(directory)
  if (before.length > 0) {
    throw new NodeSetupError(
      `${directory} is not empty (${before[0]!}), and nothing is overwritten. Give another --dir.`,
    )
  }
  try {
    await writeFiles(plan, directory)
  } catch (error) {
    await Promise.all((await readdir(directory)).map((name) => rm(join(directory, name), { recursive: true })))
    throw error
  }
  const file = join(directory, fileOf(plan))
  const written = `Wrote a ring of ${serversOf(plan).length} into ${directory}: its key (${keyFileName}) is to be kept secret.\n\n`
  const warning = pairWarning(plan)
  return (
    written +
    (warning === undefined ? '' : `${warning}\n`) +
    nextSteps(plan, directory, shellWord(relative('.', file) || file))
  )
}

async function makeRingDirectory(directory: string): Promise<void> {
  try {
    await makeDirectory(directory, 0o700)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new NodeSetupError(`${directory} cannot be made: ${why}. Give another --dir.`, { cause: error })
  }
}

const fileOf = ({ form }: RingPlan) => `ring.${form}`

async function writeFiles(plan: RingPlan, directory: string): Promise<void> {
  const configuration = join(directory, fileOf(plan))
  const key = join(directory, keyFileName)
  await writeFile(configuration, configurationText(plan), { flag: 'wx' })
  await createKeyFile(key)
  if (!plan.tls) return
  const authority = await RingAuthority.create(join(directory, 'authority'), plan.group)
  if (plan.hosts.length === 0) return authority.issue(join(directory, 'tls'), ['127.0.0.1', 'localhost'])
  for (const host of [...plan.hosts, 'slave']) {
    const folder = join(directory, host)
    await mkdir(folder, { mode: 0o700 })
    await copyFile(configuration, join(folder, fileOf(plan)))
    // With its mode.
    await copyFile(key, join(folder, keyFileName))
    await authority.issue(join(folder, 'tls'), [host])
  }
  await Promise.all([configuration, key].map((path) => rm(path)))
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
