/** What a flag is followed by. */
export type FlagValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly name: string }
  | { readonly kind: 'count'; readonly name: string; readonly min: number; readonly max: number }
  | { readonly kind: 'duration'; readonly name: string }
  | { readonly kind: 'size'; readonly name: string; readonly min: number; readonly max: number }
  | { readonly kind: 'counts'; readonly name: string }
  | { readonly kind: 'sizes'; readonly name: string }
  | { readonly kind: 'choice'; readonly name: string; readonly of: Readonly<Record<string, string>> }

export interface Flag {
  /** CHMPX's spellings have one dash, Ring's two. Letters of either size are the same. */
  readonly names: readonly string[]
  readonly value: FlagValue
  readonly doc: string
}

const none: FlagValue = { kind: 'none' }
const count = (name: string, min: number, max: number): FlagValue => ({ kind: 'count', name, min, max })
const duration: FlagValue = { kind: 'duration', name: 'TIME' }
const levels = {
  err: 'err',
  error: 'err',
  wan: 'wan',
  warn: 'wan',
  warning: 'wan',
  inf: 'inf',
  info: 'inf',
  dump: 'dump',
  dmp: 'dump',
}
const modes = { request: 'request', oneway: 'oneway', broadcast: 'broadcast', replicate: 'replicate' }

const keyDistributions = { 'in-turn': 'in-turn', uniform: 'uniform', zipf: 'zipf' }

/** Every flag, by group, in the order of the help. */
export const flagGroups = {
  'Which end': {
    client: { names: ['-c', '--client'], value: none, doc: 'ask; -c alone sends one way as CHMPX does, --client asks' },
    server: { names: ['-s', '--server'], value: none, doc: 'serve; --server replies, -s replies with -ta' },
  },
  'Which node': {
    configuration: {
      names: ['-conf', '-f', '--config', '-json'],
      value: { kind: 'text', name: 'FILE' },
      doc: 'the configuration that the node has, a file (INI, YAML, JSON) or a JSON text',
    },
    ctlPort: {
      names: ['-ctlport', '--ctl-port'],
      value: count('PORT', 1, 65_535),
      doc: 'which node of it, by its control port',
    },
    cuk: {
      names: ['-cuk', '--cuk'],
      value: { kind: 'text', name: 'TEXT' },
      doc: 'which node of it, by its custom key',
    },
    runtimeDirectory: {
      names: ['--runtime-dir'],
      value: { kind: 'text', name: 'DIR' },
      doc: "the node's runtime directory, when the configuration does not tell",
    },
    embedded: { names: ['--embedded'], value: none, doc: 'run the node inside this process: no socket between' },
    wait: { names: ['--wait'], value: duration, doc: 'how long to wait for the node and a server (10s)' },
  },
  'How much': {
    loops: {
      names: ['-l', '--loops'],
      value: count('N', 0, 1e12),
      doc: 'requests of each thread; 0 is without end, until a signal',
    },
    duration: { names: ['--duration'], value: duration, doc: 'end after this time' },
    warmUp: { names: ['--warm-up'], value: duration, doc: 'load before that which is measured (0s)' },
    processes: { names: ['-proccnt', '--processes'], value: count('N', 1, 64), doc: 'processes (1)' },
    inFlight: {
      names: ['-threadcnt', '--in-flight'],
      value: count('N', 1, 65_536),
      doc: 'sequential senders in each process, so N requests are out (1); with --rate the most that may be out (1024)',
    },
    rate: {
      names: ['--rate'],
      value: count('N', 1, 10_000_000),
      doc: 'requests a second, whatever becomes of them; latencies count from when each was due',
    },
    size: {
      names: ['-dl', '--size'],
      value: { kind: 'sizes', name: 'BYTES' },
      doc: 'bytes of a body, 64 at least (128); any of a range: 64..4KiB; by weights: 128:9,16KiB:1',
    },
    keys: { names: ['--keys'], value: count('N', 1, 1_000_000), doc: 'different keys (1024)' },
    keyDistribution: {
      names: ['--key-distribution'],
      value: { kind: 'choice', name: 'HOW', of: keyDistributions },
      doc: 'in-turn, uniform, or zipf: few keys get most requests (in-turn)',
    },
  },
  'What is sent': {
    turnAround: { names: ['-ta'], value: none, doc: 'turn around: servers reply, clients wait and compare each byte' },
    mode: {
      names: ['--mode'],
      value: { kind: 'choice', name: 'MODE', of: modes },
      doc: 'request, oneway, broadcast or replicate',
    },
    broadcast: { names: ['-b', '--broadcast'], value: none, doc: 'the same as --mode broadcast' },
    deadline: { names: ['--deadline'], value: duration, doc: 'how long a request may take (5s)' },
    idempotent: { names: ['--idempotent'], value: none, doc: 'let the program send again what failed' },
    whenFull: { names: ['--wait-when-full'], value: none, doc: 'wait where a queue is full, instead of an error' },
    whenDown: {
      names: ['--wait-when-down'],
      value: none,
      doc: 'wait while a server or the own node is away, instead of an error',
    },
    noVerify: { names: ['--no-verify'], value: none, doc: 'do not compare replies' },
  },
  'What is measured': {
    baseline: { names: ['--baseline'], value: none, doc: 'measure a framed echo in turn, and print the ratio' },
    runs: { names: ['--runs'], value: count('N', 1, 100), doc: 'measured runs (1; with --baseline 5)' },
    cpuPids: {
      names: ['--cpu-pids'],
      value: { kind: 'counts', name: 'PID,PID' },
      doc: 'other processes whose processor time is counted',
    },
  },
  'What is shown': {
    json: { names: ['--json'], value: none, doc: 'the report as one JSON object on stdout' },
    report: {
      names: ['--report'],
      value: { kind: 'text', name: 'html|FILE' },
      doc: 'a page with plots, too: FILE.html (html is ring-bench.html)',
    },
    save: {
      names: ['--save'],
      value: { kind: 'text', name: 'FILE' },
      doc: 'the report as JSON in a file, for ring-bench compare',
    },
    progress: { names: ['--progress'], value: none, doc: 'a line a second on stderr, also where it is no terminal' },
    print: { names: ['-pr', '--print'], value: none, doc: 'print every message' },
    level: {
      names: ['-g', '-d', '--level'],
      value: { kind: 'choice', name: 'LEVEL', of: levels },
      doc: 'err, wan, inf or dump (wan)',
    },
    label: { names: ['-dummykey', '--label'], value: { kind: 'text', name: 'TEXT' }, doc: 'a name for the report' },
    help: { names: ['-h', '--help'], value: none, doc: 'this text' },
    version: { names: ['-v', '--version'], value: none, doc: 'the version' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Flag>>>>

type Groups = typeof flagGroups
export type FlagKey = { [Group in keyof Groups]: keyof Groups[Group] }[keyof Groups]

export const flags: readonly (Flag & { readonly key: FlagKey })[] = Object.values(flagGroups).flatMap((group) =>
  Object.entries(group as Readonly<Record<string, Flag>>).map(([key, flag]) => ({ ...flag, key: key as FlagKey })),
)
