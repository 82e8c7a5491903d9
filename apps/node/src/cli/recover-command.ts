import { createInterface } from 'node:readline/promises'
import { Command } from 'commander'
import { type Recovered, type RecoveryOutlook, StoppedNode } from '../operator/recover.ts'
import { type CommandResult, sourceOf } from './config/config-source.ts'
import { exitCodes } from './exit-codes.ts'

const helpText = `
For a ring with QUORUM = majority that lost its majority for good. It works on one stopped node, which goes on alone, as
the only voter of a new lineage; the others join it again, with their old state directories or without. Changes that the
others agreed on after this node's last one are gone. Whoever of the old lineage hears of the new one stops acting.
Do it on ONE node, the one that shows the highest version, and never while a majority may still run somewhere.

Examples:
  $ ring-node recover --config ring.yaml --ctlport 9041
                                           show what is stored, and what would be given up; changes nothing
  $ ring-node recover --config ring.yaml --ctlport 9041 --force --give-up a.example:9021 b.example:9021
                                           give these two up

Exit codes: 0 recovered, 3 nothing was changed (no --force, or not every voter named), 1 refused (the node runs, or its
state cannot be used), 2 wrong usage, 78 the configuration is not valid, or gives nothing to recover.
`

export interface RecoverOptions {
  readonly config?: string
  readonly ctlport?: number
  readonly cuk?: string
  readonly host?: string
  readonly stateDir?: string
  readonly runtimeDir?: string
  readonly force?: boolean
  readonly giveUp?: readonly string[]
  readonly json?: boolean
}

/** What the command needs of its terminal. */
export interface RecoverTerminal {
  /** Asks a person; undefined where there is none to ask. */
  readonly ask: ((question: string) => Promise<string>) | undefined
}

/** `ring-node recover`: rule R8. */
export function recoverCommand(port: (text: string) => number): Command {
  return new Command('recover')
    .description('go on with one stopped node of a ring that lost its majority for good')
    .option('-c, --config <file|json>', 'configuration, as for run')
    .option('--ctlport <port>', 'which node of the configuration this is', port)
    .option('--cuk <text>', 'which node this is, by its CUK')
    .option('--host <name>', "which node this is, by its NAME, where the machine's own names do not tell")
    .option('--state-dir <directory>', 'instead of STATEDIR in [RING]')
    .option('--runtime-dir <directory>', 'instead of RUNTIMEDIR in [RING]')
    .option('--force', 'do it; without this it is only shown')
    .option('--give-up <name...>', 'the voters to give up: every one but this node, by its name in the ring')
    .option('--json', 'for machines')
    .addHelpText('after', helpText)
    .action(async (options: RecoverOptions, command: Command) => {
      const source = sourceOf(undefined, options, process.env)
      if (source.kind === 'none') return command.error(`error: ${source.problem}`, { exitCode: exitCodes.usage })
      const terminal = { ask: process.stdin.isTTY && process.stderr.isTTY ? askPerson : undefined }
      const node = await StoppedNode.open({
        ...{ configuration: source, ctlPort: options.ctlport, cuk: options.cuk, host: options.host },
        ...(options.stateDir !== undefined && { stateDirectory: options.stateDir }),
        ...(options.runtimeDir !== undefined && { runtimeDirectory: options.runtimeDir }),
      })
      try {
        const { out, err, exitCode } = await runRecover(node, options, terminal)
        process.stdout.write(out)
        process.stderr.write(err)
        process.exitCode = exitCode
      } finally {
        await node.close()
      }
    })
}

/** The command without its process: looks, asks where it may, recovers if that was meant. */
export async function runRecover(
  node: Pick<StoppedNode, 'look' | 'recover'>,
  { force = false, giveUp, json = false }: RecoverOptions,
  { ask }: RecoverTerminal,
): Promise<CommandResult> {
  const outlook = await node.look()
  const shown = (recovered?: Recovered) =>
    json ? `${JSON.stringify({ ...outlook, recovered: recovered ?? null })}\n` : recovered ? '' : tableOf(outlook)
  const unchanged = (why: string): CommandResult => ({ out: shown(), err: `${why}\n`, exitCode: exitCodes.unchanged })
  if (outlook.givesUp.length === 0)
    return unchanged(`${outlook.node} is the only voter: start it, it needs nobody else.`)
  if (!force) return unchanged(onlyShown(outlook))
  const answer = giveUp === undefined && ask !== undefined ? await asked(outlook, ask) : undefined
  if (answer === 'no') return { out: '', err: 'Nothing was changed.\n', exitCode: exitCodes.unchanged }
  const names = answer === 'yes' ? outlook.givesUp : giveUp
  const missing = names && outlook.givesUp.filter((name) => !names.includes(name))
  if (names === undefined || (missing?.length ?? 0) > 0) return unchanged(notNamed(outlook, missing ?? outlook.givesUp))
  const recovered = await node.recover(names)
  return { out: shown(recovered), err: done(outlook, recovered), exitCode: exitCodes.ok }
}

async function asked(outlook: RecoveryOutlook, ask: (question: string) => Promise<string>): Promise<'yes' | 'no'> {
  const question = `${tableOf(outlook)}${whatItMeans(outlook)}\nGive up ${listOf(outlook.givesUp)}? Type yes: `
  return (await ask(question)).trim() === 'yes' ? 'yes' : 'no'
}

async function askPerson(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await terminal.question(question)
  } finally {
    terminal.close()
  }
}

function tableOf(outlook: RecoveryOutlook): string {
  const { node, group, stateDirectory, lineage, version, epoch, pending, voters, members } = outlook
  const rows = [
    ['node', `${node} of ${group}`],
    ['state', stateDirectory],
    ['lineage', lineage],
    ['version', `${version}, epoch ${epoch}${pending ? ' (accepted here; perhaps not agreed on)' : ''}`],
    ['voters', listOf(voters)],
    ['view', listOf(members)],
  ]
  return rows.map(([what, value]) => `${`${what}:`.padEnd(9)} ${value}\n`).join('')
}

function whatItMeans({ node, givesUp, leavesOut }: RecoveryOutlook): string {
  const others = leavesOut.length > 0 ? ` ${listOf(leavesOut)} would have to join again as well.` : ''
  return [
    `If these are given up: ${listOf(givesUp)}, then ${node} goes on alone, in a new lineage, and they have to join it.${others}`,
    'What they agreed on after the version above is gone. Any of them that still runs stops acting when it hears of this.',
  ].join('\n')
}

function onlyShown(outlook: RecoveryOutlook): string {
  return `${whatItMeans(outlook)}\nNothing was changed. To do it: --force --give-up ${outlook.givesUp.join(' ')}`
}

function notNamed({ givesUp }: RecoveryOutlook, missing: readonly string[]): string {
  return `Nothing was changed: name every voter that is given up. Missing: ${listOf(missing)}. In full: --give-up ${givesUp.join(' ')}`
}

function done({ node }: RecoveryOutlook, { lineage, version, parent, givenUp }: Recovered): string {
  return [
    `RECOVERED: ${node} is the only voter of the new lineage ${lineage}, version ${version}.`,
    `It replaces lineage ${parent.lineage} after version ${parent.version}. GIVEN UP: ${listOf(givenUp)}.`,
    'Next: start this node; then the others, those with an empty state directory with JOINONLY = yes. Recover no second node.',
    '',
  ].join('\n')
}

const listOf = (names: readonly string[]) => names.join(', ') || 'none'
