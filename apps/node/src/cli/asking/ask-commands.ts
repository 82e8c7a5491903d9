import { Command } from 'commander'
import type { KeysReport, MembersReport, StatusReport } from '../../operator/node-report.ts'
import type { CommandResult } from '../config/config-source.ts'
import { exitCodes } from '../exit-codes.ts'
import { alignedTable } from './aligned-table.ts'
import { askNode, type NodeOptions, runtimeDirectoryFor } from './node-question.ts'

const helpText = `
Examples:
  $ ring-node NAME --config ring.yaml --ctlport 9031   the node that this configuration and port describe
  $ ring-node NAME --runtime-dir run/a-9031            the node whose socket is there
  $ ring-node NAME --config ring.yaml --json           for machines

Run it as the user of the node. Exit codes: EXIT0, 1 no node answers, 2 wrong usage, 78 the configuration is not valid.
`

interface AskOptions extends NodeOptions {
  readonly json?: boolean
}

/** `ring-node status | members | keys`: what a running node knows. */
export function askCommands(port: (text: string) => number): readonly Command[] {
  const command = (name: string, doc: string, exit0: string, ask: (directory: string) => Promise<Answered>) =>
    new Command(name)
      .description(doc)
      .option('-c, --config <file|json>', 'configuration, as for run')
      .option('--ctlport <port>', 'which node of the configuration is meant', port)
      .option('--cuk <text>', 'which node is meant, by its CUK')
      .option('--host <name>', 'which node is meant, by its NAME')
      .option('--runtime-dir <directory>', 'RUNTIMEDIR of the node, instead of a configuration')
      .option('--json', 'for machines')
      .addHelpText('after', helpText.replaceAll('NAME', name).replace('EXIT0', exit0))
      .action(async (options: AskOptions, self: Command) => {
        const found = await runtimeDirectoryFor(options, process.env)
        if ('problem' in found) return self.error(`error: ${found.problem}`, { exitCode: exitCodes.usage })
        const { report, text, exitCode } = await ask(found.directory)
        process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : text)
        process.exitCode = exitCode
      })
  return [
    command('status', 'how a running node is: ready or why not', '0 ready, 3 not ready', async (directory) => {
      const report = (await askNode(directory, '/status')) as StatusReport
      return { report, text: statusText(report), exitCode: report.ready ? exitCodes.ok : exitCodes.notReady }
    }),
    command('members', 'whom a running node has in its view', '0 told', async (directory) => {
      const report = (await askNode(directory, '/members')) as MembersReport
      return { report, text: membersText(report), exitCode: exitCodes.ok }
    }),
    command('keys', 'fingerprints of the group keys a running node uses', '0 told', async (directory) => {
      const report = (await askNode(directory, '/keys')) as KeysReport
      return { report, text: keysText(report), exitCode: exitCodes.ok }
    }),
  ]
}

interface Answered extends Pick<CommandResult, 'exitCode'> {
  readonly report: object
  readonly text: string
}

function programText({ role, name, service, pid }: StatusReport['programs'][number]): string {
  return `${role} ${name}${service === undefined ? '' : ` of service ${service}`}, process ${pid}`
}

export function statusText(report: StatusReport): string {
  const { node, role, group, version, pid, record, programs, keys, warnings, needRestart } = report
  const rows: (readonly string[])[] = [
    ['node', `${node}, ${report.witness ? 'witness' : role} of ${group}`],
    ['process', `${pid}, ring-node ${version}`],
    ['state', stateOf(report)],
  ]
  if (report.waiting !== null) rows.push(['', report.waiting.text])
  if (record !== null) {
    rows.push(['members', `${record.members}, coordinator ${record.coordinator}`])
    rows.push(['record', `version ${record.version}, epoch ${record.epoch}, lineage ${record.lineage}`])
  }
  rows.push(['keys', keys === 0 ? 'none' : String(keys)])
  rows.push(['programs', programs.length === 0 ? 'none' : String(programs.length)])
  for (const program of programs) rows.push(['', programText(program)])
  if (needRestart.length > 0) rows.push(['restart', `needed for ${needRestart.join(', ')}`])
  for (const warning of warnings) rows.push(['warning', warning])
  return alignedTable(rows)
}

function stateOf({ ready, membership }: StatusReport): string {
  const word = ready ? 'ready' : 'not ready'
  if (membership.phase !== 'member') return `${word}, ${membership.phase}`
  return `${word}${membership.primary ? ', primary' : membership.nonPrimary ? ', no quorum' : ''}`
}

export function membersText({ members, version }: MembersReport): string {
  if (version === null) return 'This node has no view yet.\n'
  const rows = members.map((member) => {
    const is = [
      member.self && 'this node',
      member.coordinator && 'coordinator',
      member.witness ? 'witness' : member.voter && 'voter',
    ]
    return [member.name, member.address, member.zone ?? '-', member.version ?? '-', is.filter(Boolean).join(', ')]
  })
  return alignedTable([['NAME', 'ADDRESS', 'ZONE', 'VERSION', ''], ...rows])
}

export function keysText({ keys, problems }: KeysReport): string {
  const time = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
  const rows = keys.map(({ fingerprint, acceptedSinceMs, signsSinceMs }) => [
    fingerprint,
    signsSinceMs === undefined ? 'accepted' : 'signs, accepted',
    time(signsSinceMs ?? acceptedSinceMs),
  ])
  const table = rows.length === 0 ? 'No group key is in use.\n' : alignedTable([['KEY', 'USE', 'SINCE'], ...rows])
  return `${table}${problems.map((problem) => `problem: ${problem}\n`).join('')}`
}
