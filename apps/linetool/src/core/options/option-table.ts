import type { Option, OptionValue } from './option.ts'

const none: OptionValue = { kind: 'none' }
const text = (name: string): OptionValue => ({ kind: 'text', name })
const seconds: OptionValue = { kind: 'seconds', name: 'SEC' }
const duration: OptionValue = { kind: 'duration', name: 'TIME' }

/** CHMPX's names of its levels, and what Ring makes of them. */
export const levels = {
  ...{ silent: 'silent', slt: 'silent', err: 'err', error: 'err', wan: 'wan', warn: 'wan', warning: 'wan' },
  ...{ msg: 'msg', inf: 'msg', info: 'msg', dump: 'dump', dmp: 'dump' },
} as const

const idTypes = {
  ...{ name: 'name', cuk: 'cuk', ctlendpoints: 'endpoint', ctleps: 'endpoint', endpoint: 'endpoint' },
  ...{ custom: 'seed', seed: 'seed' },
}

/** Every option, by group, in the order of the help. */
export const optionGroups = {
  'Which ring (without any of these: that of the node that runs on this machine)': {
    configuration: {
      names: ['-conf', '-f', '--config'],
      value: text('FILE'),
      place: 'start',
      doc: 'the nodes of this configuration: a file (INI, YAML, JSON) or a JSON text',
    },
    json: {
      names: ['-json'],
      value: text('TEXT'),
      place: 'start',
      doc: 'the nodes of this configuration, a JSON text',
    },
    host: {
      names: ['-host', '-hostname', '--host'],
      value: text('HOST'),
      place: 'start',
      doc: 'the node on this host',
    },
    ctlPort: {
      names: ['-ctrlport', '-ctlport', '-cntlport', '-cntrlport', '-port', '--ctl-port'],
      value: { kind: 'port', name: 'PORT' },
      place: 'start',
      doc: "that node's control port; with a configuration: which of its nodes is meant where none is named",
    },
    group: {
      names: ['-group', '--group'],
      value: text('NAME'),
      place: 'start',
      doc: 'only nodes of this group; others are told and left alone',
    },
    runtimeDirectory: {
      names: ['--runtime-dir'],
      value: text('DIR'),
      place: 'start',
      doc: 'the node of this machine with this runtime directory',
    },
    ctlEndpoints: {
      names: ['-ctlendpoints', '-ctleps', '-ceps', '--ctl-endpoints'],
      value: text('HOST:PORT,...'),
      place: 'start',
      doc: 'where the control port of that node is dialled, before HOST and PORT',
    },
    idType: {
      names: ['-type', '--id-type'],
      value: { kind: 'choice', name: 'TYPE', of: idTypes },
      place: 'start',
      doc: 'what names a server to the ring: name, cuk, endpoint or seed; else what its nodes say',
    },
    cuk: { names: ['-cuk', '--cuk'], value: text('TEXT'), place: 'start', doc: 'the CUK of that node' },
    customSeed: {
      names: ['-custom_seed', '-custom', '-seed', '-cs', '--custom-seed'],
      value: text('TEXT'),
      place: 'start',
      doc: 'the custom id seed of that node',
    },
    isServer: {
      names: ['-server', '-svr'],
      value: none,
      place: 'start',
      doc: 'that node is a server',
      noEffect: 'each node says itself what it is',
    },
    isSlave: {
      names: ['-slave', '-slv'],
      value: none,
      place: 'start',
      doc: 'that node is a slave',
      noEffect: 'each node says itself what it is',
    },
  },
  'How it is reached': {
    tls: { names: ['--tls'], value: none, place: 'start', doc: 'speak TLS with the control ports' },
    ca: { names: ['--ca'], value: text('FILE'), place: 'start', doc: 'who may have signed their certificates (--tls)' },
    certificate: { names: ['--cert'], value: text('FILE'), place: 'start', doc: 'the certificate to show (--tls)' },
    privateKey: { names: ['--key'], value: text('FILE'), place: 'start', doc: 'its key' },
    tokenFile: {
      names: ['--token-file'],
      value: text('FILE'),
      place: 'start',
      doc: 'a file with the token of a remote operator; or RING_CONTROL_TOKEN in the environment',
    },
    timeout: {
      names: ['--timeout'],
      value: duration,
      place: 'both',
      doc: 'how long a node may take to answer (5s)',
    },
    parallel: {
      names: ['-threadcnt', '-threadcount', '-thread', '-thcnt', '-tcnt', '--parallel'],
      value: { kind: 'count', name: 'N', min: 0, max: 1_024 },
      place: 'start',
      doc: 'how many nodes are asked at once (32; 0 is 32)',
    },
  },
  'What is done': {
    run: { names: ['-run', '--run'], value: text('FILE'), place: 'start', doc: 'run the commands of a file, then end' },
    keepGoing: {
      names: ['--keep-going'],
      value: none,
      place: 'start',
      doc: 'go on after a command of a file or pipe that failed; the first failure is still the exit code',
    },
    check: { names: ['-check', '--check'], value: seconds, place: 'start', doc: 'check, again and again' },
    status: { names: ['-status', '--status'], value: seconds, place: 'start', doc: 'show the status, again and again' },
    wait: {
      names: ['--wait'],
      value: none,
      place: 'command',
      doc: 'end when it has happened, not when it was told',
    },
    waitTime: { names: ['--wait-time'], value: duration, place: 'command', doc: 'how long to wait for that (60s)' },
    yes: { names: ['-y', '--yes'], value: none, place: 'both', doc: 'do not ask before what hurts' },
    force: {
      names: ['--force'],
      value: none,
      place: 'command',
      doc: 'serviceout: also without a quorum, by giving up what the lost servers alone hold',
    },
    plan: {
      names: ['--plan'],
      value: none,
      place: 'command',
      doc: 'servicein, serviceout, merge start: only tell what would move',
    },
  },
  'What is shown': {
    asJson: { names: ['--json'], value: none, place: 'both', doc: 'one JSON document for each command on stdout' },
    ascii: { names: ['--ascii'], value: none, place: 'both', doc: 'lines of tables and bars in ASCII' },
    noColor: {
      names: ['-nocolor', '-noclr', '--no-color'],
      value: none,
      place: 'start',
      doc: 'no colours (there are none in a pipe, nor with NO_COLOR)',
    },
    lap: { names: ['-lap', '--lap'], value: none, place: 'start', doc: 'after each command, how long it took' },
    level: {
      names: ['-d', '-g', '--level'],
      value: { kind: 'choice', name: 'LEVEL', of: levels },
      place: 'start',
      doc: 'talk on stderr: silent, err, wan, msg (each request) or dump (each reply) (wan)',
    },
    chmpxMessages: {
      names: ['-dchmpx'],
      value: none,
      place: 'start',
      doc: "messages of CHMPX's library",
      noEffect: 'that library is not used',
    },
    historySize: {
      names: ['-his', '-history', '--history'],
      value: { kind: 'count', name: 'N', min: 0, max: 100_000 },
      place: 'start',
      doc: 'lines of history that are kept (1000)',
    },
    help: {
      names: ['-h', '-help', '--help'],
      value: none,
      place: 'both',
      doc: 'this text; behind a command: its help',
    },
    version: {
      names: ['-v', '-version', '--version'],
      value: none,
      place: 'start',
      doc: 'the version of this program',
    },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Option>>>>

type Groups = typeof optionGroups
export type OptionKey = { [Group in keyof Groups]: keyof Groups[Group] }[keyof Groups]

export type KeyedOption = Option & { readonly key: OptionKey }

export const options: readonly KeyedOption[] = Object.values(optionGroups).flatMap((group) =>
  Object.entries(group as Readonly<Record<string, Option>>).map(([key, option]) => ({
    ...option,
    key: key as OptionKey,
  })),
)
