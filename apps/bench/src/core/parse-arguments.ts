import { type FlagKey, flags } from './flags.ts'
import { type GivenFlags, readFlags } from './read-flags.ts'
import type { ClientSettings, Command, Level, LoadMode, NodeChoice, ServerSettings, SpeedSettings } from './settings.ts'
import { UsageError } from './usage-error.ts'

const defaults = {
  waitMs: 10_000,
  bodyBytes: 128,
  keys: 1_024,
  deadlineMs: 5_000,
  baselineRuns: 5,
  baselineMs: 2_000,
  baselineWarmUpMs: 700,
} as const

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
    bodyBytes: given.number('size') ?? defaults.bodyBytes,
    json: given.has('json'),
  }
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
    inFlight: given.number('inFlight') ?? 1,
    bodyBytes: given.number('size') ?? defaults.bodyBytes,
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
  if (runs > 1 && end.loops === 0 && end.durationMs === undefined && !baseline) {
    throw new UsageError('Several --runs need a --duration (or --loops) for each of them.')
  }
  return {
    ...end,
    end: 'client',
    durationMs: end.durationMs ?? (baseline ? defaults.baselineMs : undefined),
    mode,
    keys: given.number('keys') ?? defaults.keys,
    verify: !given.has('noVerify'),
    idempotent: given.has('idempotent'),
    whenFull: given.has('whenFull') ? 'wait' : 'fail',
    deadlineMs: given.number('deadline') ?? defaults.deadlineMs,
    warmUpMs: given.number('warmUp') ?? (baseline ? defaults.baselineWarmUpMs : 0),
    baseline,
    runs,
    cpuPids: given.numbers('cpuPids'),
  }
}

/** CHMPX's client waits for replies with -ta only; with Ring's own spelling of the end, asking is what is meant. */
function modeOf(given: GivenFlags): LoadMode {
  const mode = given.text('mode') as LoadMode | undefined
  if (mode !== undefined) return mode
  if (given.has('broadcast')) return 'broadcast'
  return given.has('turnAround') || !given.wasSpelled('client', '-c') ? 'request' : 'oneway'
}

function serverSettings(given: GivenFlags, node: NodeChoice): ServerSettings {
  const foreign = (['baseline', 'runs', 'mode', 'broadcast', 'keys', 'idempotent', 'warmUp'] as const).find((key) =>
    given.has(key),
  )
  if (foreign !== undefined) throw new UsageError(`A server end only serves: ${nameOf(foreign)} belongs to the client.`)
  return {
    ...endSettings(given, node),
    end: 'server',
    reply: given.has('turnAround') || !given.wasSpelled('server', '-s'),
  }
}

function nameOf(key: FlagKey): string {
  return flags.find((flag) => flag.key === key)?.names.at(-1) ?? key
}
