import { commandOf, takesRest } from '../commands/command-table.ts'
import { UsageError } from '../errors.ts'
import { quoted } from '../line/words.ts'
import { type GivenOptions, readOptions } from './given-options.ts'
import type { Level, NodeChoice, Settings, Start, TlsFiles, Work } from './settings.ts'

const defaults = { timeoutMs: 5_000, parallel: 32, historySize: 1_000 } as const

/**
 * What the command line of the program asks for.
 *
 * @throws UsageError
 */
export function parseStart(line: readonly string[]): Start {
  const { given, words } = readOptions(line, 'start', takesRest)
  if (given.has('version')) return { kind: 'version' }
  if (given.has('help')) return { kind: 'help', command: words[0] }
  if (words.length === 0 && given.ofCommand !== undefined) {
    throw new UsageError(`${given.ofCommand} belongs to a command, as in: ring-linetool merge start ${given.ofCommand}`)
  }
  return { kind: 'work', settings: settingsOf(given), given, work: workOf(given, words) }
}

function workOf(given: GivenOptions, words: readonly string[]): Work {
  const [path, checkMs, statusMs] = [given.text('run'), given.number('check'), given.number('status')]
  const ways: readonly Work[] = [
    ...(path === undefined ? [] : [{ kind: 'file', path } as const]),
    ...(checkMs === undefined ? [] : [{ kind: 'repeat', line: 'check', everyMs: checkMs } as const]),
    ...(statusMs === undefined ? [] : [{ kind: 'repeat', line: 'status', everyMs: statusMs } as const]),
    ...(words.length === 0 ? [] : [{ kind: 'command', line: lineOf(words) } as const]),
  ]
  if (ways.length > 1) throw new UsageError('Give a command, or one of --run, --check and --status.')
  return ways[0] ?? { kind: 'shell' }
}

/** What is taken as it is written stays as the shell has left it; other words are written so that they are read as they are. */
function lineOf(words: readonly string[]): string {
  const [first, ...rest] = words
  return takesRest(first!) && commandOf(first!) !== 'shell' ? words.join(' ') : [first!, ...rest.map(quoted)].join(' ')
}

function settingsOf(given: GivenOptions): Settings {
  const host = given.text('host')
  return {
    choice: choiceOf(given, host),
    meant: { ctlPort: given.number('ctlPort'), cuk: given.text('cuk'), customSeed: given.text('customSeed') },
    group: given.text('group'),
    idType: given.text('idType') as Settings['idType'],
    timeoutMs: given.number('timeout') ?? defaults.timeoutMs,
    parallel: given.number('parallel') || defaults.parallel,
    tls: tlsOf(given),
    tokenFile: given.text('tokenFile'),
    keepGoing: given.has('keepGoing'),
    noColor: given.has('noColor'),
    lap: given.has('lap'),
    level: (given.text('level') ?? 'wan') as Level,
    historySize: given.number('historySize') ?? defaults.historySize,
    remarks: given.remarks,
  }
}

function choiceOf(given: GivenOptions, host: string | undefined): NodeChoice {
  const configuration = given.text('configuration') ?? given.text('json')
  const directory = given.text('runtimeDirectory')
  const named = [configuration, host, directory].filter((one) => one !== undefined)
  if (named.length > 1) throw new UsageError('Name the ring once: by --config, by --host, or by --runtime-dir.')
  if (configuration !== undefined) return { kind: 'configuration', configuration }
  if (directory !== undefined) return { kind: 'runtime', directory }
  if (host === undefined) return { kind: 'here' }
  const inline = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(host)
  const port = given.number('ctlPort') ?? Number(inline?.[3] ?? 0)
  if (port < 1 || port > 65_535) {
    throw new UsageError('Say which control port: --host HOST --ctl-port PORT, or --host HOST:PORT.')
  }
  return { kind: 'host', host: inline?.[1] ?? inline?.[2] ?? host, port, endpoints: given.text('ctlEndpoints') }
}

function tlsOf(given: GivenOptions): TlsFiles | undefined {
  const [ca, certificate, privateKey] = [given.text('ca'), given.text('certificate'), given.text('privateKey')]
  if (!given.has('tls')) {
    if (ca ?? certificate ?? privateKey) throw new UsageError('--ca, --cert and --key belong to --tls.')
    return undefined
  }
  if ((certificate === undefined) !== (privateKey === undefined)) {
    throw new UsageError('--cert and --key belong together: a certificate is shown with its key.')
  }
  return { ca, certificate, privateKey }
}
