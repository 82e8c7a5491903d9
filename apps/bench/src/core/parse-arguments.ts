import { type BodySizes, largestSize, parseBodySizes } from './body-sizes.ts'
import { type FlagKey, flags } from './flags.ts'
import type { KeyDistribution } from './key-choice.ts'
import { type GivenFlags, readFlags } from './read-flags.ts'
import type {
  ClientSettings,
  Command,
  CompareSettings,
  Level,
  LoadMode,
  NodeChoice,
  ServerSettings,
  SpeedSettings,
} from './settings.ts'
import { UsageError } from './usage-error.ts'

const defaults = {
  waitMs: 10_000,
  bodyBytes: 128,
  keys: 1_024,
  deadlineMs: 5_000,
  baselineRuns: 5,
  baselineMs: 2_000,
  baselineWarmUpMs: 700,
  outstanding: 1_024,
  htmlFile: 'ring-bench.html',
} as const

/** Bodies are kept for as long as their requests are out. */
const bodiesBytesAtMost = 512 * 1_048_576

/** Where the configuration may stand, as for the daemon: a file or a JSON text. */
const environmentNames = ['RING_CONF', 'RING_JSON', 'CHMCONFFILE', 'CHMJSONCONF'] as const

/** Flags that the subcommand `speed` knows. */
const speedFlags = ['runs', 'duration', 'warmUp', 'size', 'json', 'help'] as const

/**
 * What a command line asks for.
 *
 * @throws UsageError
 */
export function parseArguments(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Command {
  if (words[0] === 'compare') return { command: 'compare', settings: compareSettings(words.slice(1)) }
  const isSpeed = words[0] === 'speed'
  const given = readFlags(isSpeed ? words.slice(1) : words)
  if (given.has('help') || words.length === 0) return { command: 'help' }
  if (given.has('version')) return { command: 'version' }
  if (isSpeed) return { command: 'speed', settings: speedSettings(given) }
  if (given.has('client') === given.has('server')) {
    throw new UsageError('Say which end this is: --client (-c) or --server (-s).')
  }
  const node = nodeChoice(given, environment)
  return given.has('client')
    ? { command: 'client', settings: clientSettings(given, node) }
    : { command: 'server', settings: serverSettings(given, node) }
}

function speedSettings(given: GivenFlags): SpeedSettings {
  const known = new Set<string>(speedFlags)
  const foreign = given.keys.find((key) => !known.has(key))
  if (foreign !== undefined) throw new UsageError('speed takes only --runs, --duration, --warm-up, --size and --json.')
  return {
    runs: given.number('runs') ?? defaults.baselineRuns,
    durationMs: given.number('duration') ?? defaults.baselineMs,
    warmUpMs: given.number('warmUp') ?? defaults.baselineWarmUpMs,
    bodyBytes: oneSize(given),
    json: given.has('json'),
  }
}

function sizesOf(given: GivenFlags): BodySizes {
  return parseBodySizes(given.text('size') ?? '') ?? { kind: 'fixed', bytes: defaults.bodyBytes }
}

function oneSize(given: GivenFlags): number {
  const sizes = sizesOf(given)
  if (sizes.kind !== 'fixed') throw new UsageError('Only a client takes several sizes: give one --size (-dl).')
  return sizes.bytes
}

function compareSettings(words: readonly string[]): CompareSettings {
  const files = words.filter((word) => word !== '--json')
  const [before, after] = files
  if (before === undefined || after === undefined || files.length > 2) {
    throw new UsageError(
      'compare takes two files that --save wrote: ring-bench compare BEFORE.json AFTER.json [--json]',
    )
  }
  return { before, after, json: files.length < words.length }
}

function endSettings(given: GivenFlags, node: NodeChoice) {
  const processes = given.number('processes') ?? 1
  const embedded = given.has('embedded')
  if (embedded && processes > 1) {
    throw new UsageError('--embedded runs one node in one process: leave out --processes (-proccnt).')
  }
  return {
    node,
    embedded,
    waitMs: given.number('wait') ?? defaults.waitMs,
    processes,
    loops: given.number('loops') ?? 0,
    durationMs: given.number('duration'),
    inFlight: given.number('inFlight') ?? (given.has('rate') ? defaults.outstanding : 1),
    print: given.has('print'),
    level: (given.text('level') ?? 'wan') as Level,
    label: given.text('label') ?? '',
    json: given.has('json'),
    progress: given.has('progress'),
    chmpxStyle: given.usesChmpxSpelling,
  }
}

function nodeChoice(given: GivenFlags, environment: Readonly<Record<string, string | undefined>>): NodeChoice {
  const inEnvironment = environmentNames.map((name) => environment[name]).find((value) => value !== undefined)
  const configuration = given.text('configuration') ?? inEnvironment
  if (configuration === undefined) {
    throw new UsageError('Name the configuration of the node: --config FILE (-conf FILE, -json TEXT).')
  }
  const [ctlPort, cuk, runtimeDirectory] = [given.number('ctlPort'), given.text('cuk'), given.text('runtimeDirectory')]
  return {
    configuration,
    ...(ctlPort !== undefined && { ctlPort }),
    ...(cuk !== undefined && { cuk }),
    ...(runtimeDirectory !== undefined && { runtimeDirectory }),
  }
}

function clientSettings(given: GivenFlags, node: NodeChoice): ClientSettings {
  const mode = modeOf(given)
  const baseline = given.has('baseline')
  if (baseline && mode !== 'request') throw new UsageError('--baseline compares requests: use it with --mode request.')
  const end = endSettings(given, node)
  if (baseline && end.loops > 0) throw new UsageError('--baseline takes a --duration for each run, not --loops.')
  const runs = given.number('runs') ?? (baseline ? defaults.baselineRuns : 1)
  const sizes = sizesOf(given)
  const rate = given.number('rate')
  if (rate !== undefined && end.loops > 0) throw new UsageError('--rate takes a --duration, not --loops.')
  if (end.inFlight * largestSize(sizes) > bodiesBytesAtMost) {
    throw new UsageError('So many large bodies do not fit in memory: lower --in-flight or --size.')
  }
  if (runs > 1 && end.loops === 0 && end.durationMs === undefined && !baseline) {
    throw new UsageError('Several --runs need a --duration (or --loops) for each of them.')
  }
  return {
    ...end,
    end: 'client',
    durationMs: end.durationMs ?? (baseline ? defaults.baselineMs : undefined),
    mode,
    sizes,
    bodyBytes: largestSize(sizes),
    keys: given.number('keys') ?? defaults.keys,
    keyDistribution: (given.text('keyDistribution') ?? 'in-turn') as KeyDistribution,
    rate,
    htmlFile: htmlFile(given.text('report')),
    saveFile: given.text('save'),
    verify: !given.has('noVerify'),
    idempotent: given.has('idempotent'),
    whenFull: given.has('whenFull') ? 'wait' : 'fail',
    whenDown: given.has('whenDown') ? 'wait' : 'fail',
    deadlineMs: given.number('deadline') ?? defaults.deadlineMs,
    warmUpMs: given.number('warmUp') ?? (baseline ? defaults.baselineWarmUpMs : 0),
    baseline,
    runs,
    cpuPids: given.numbers('cpuPids'),
  }
}

function htmlFile(report: string | undefined): string | undefined {
  if (report === undefined || report.endsWith('.html')) return report
  if (report === 'html') return defaults.htmlFile
  throw new UsageError('--report takes html, or the name of a file that ends in .html.')
}

/** CHMPX's client waits for replies with -ta only; with Ring's own spelling of the end, asking is what is meant. */
function modeOf(given: GivenFlags): LoadMode {
  const mode = given.text('mode') as LoadMode | undefined
  if (mode !== undefined) return mode
  if (given.has('broadcast')) return 'broadcast'
  return given.has('turnAround') || !given.wasSpelled('client', '-c') ? 'request' : 'oneway'
}

function serverSettings(given: GivenFlags, node: NodeChoice): ServerSettings {
  const foreign = (
    [
      'baseline',
      'runs',
      'mode',
      'broadcast',
      'keys',
      'keyDistribution',
      'rate',
      'report',
      'save',
      'idempotent',
      'warmUp',
    ] as const
  ).find((key) => given.has(key))
  if (foreign !== undefined) throw new UsageError(`A server end only serves: ${nameOf(foreign)} belongs to the client.`)
  return {
    ...endSettings(given, node),
    end: 'server',
    bodyBytes: oneSize(given),
    reply: given.has('turnAround') || !given.wasSpelled('server', '-s'),
  }
}

function nameOf(key: FlagKey): string {
  return flags.find((flag) => flag.key === key)?.names.at(-1) ?? key
}
