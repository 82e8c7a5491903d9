/** What a new ring is to be. */
export interface RingPlan {
  readonly group: string
  /** One server on each; none: all on this machine. */
  readonly hosts: readonly string[]
  /** Servers; with hosts their number. */
  readonly servers: number
  /** PORT of the (first) server; control ports follow it, and on one machine the next server has the next ten. */
  readonly firstPort: number
  readonly form: 'yaml' | 'ini' | 'json'
  /** Mutual TLS; with hosts, each has a folder of its own with its certificate. */
  readonly tls: boolean
}

export interface PlannedServer {
  readonly host: string
  readonly port: number
  readonly ctlPort: number
  /** Where `/readyz` and `/metrics` are, on loopback. */
  readonly httpPort: number
}

export const slaveCtlPort = ({ firstPort }: RingPlan) => firstPort + 2
/** Beside the ports of a server on the same machine. */
const slaveHttpPort = ({ firstPort }: RingPlan) => firstPort + 4
export const keyFileName = 'ring.key'

/** On one machine each server has ports of its own; otherwise all have the same. */
export function serversOf({ hosts, servers, firstPort: port }: RingPlan): readonly PlannedServer[] {
  if (hosts.length > 0) return hosts.map((host) => ({ host, port, ctlPort: port + 1, httpPort: port + 3 }))
  return Array.from({ length: servers }, (_, at) => ({
    host: '127.0.0.1',
    port: port + at * 10,
    ctlPort: port + 1 + at * 10,
    httpPort: port + 3 + at * 10,
  }))
}

type Section = Readonly<Record<string, string | number>>

/** The text of the configuration, the same for every node. Pure. */
export function configurationText(plan: RingPlan): string {
  const servers = serversOf(plan)
  const global: Section = {
    GROUP: plan.group,
    FILEVERSION: 1,
    DELIVERMODE: 'hash',
    REPLICA: servers.length > 1 ? 1 : 0,
    ...(plan.tls && {
      SSL: 'on',
      SSL_VERIFY_PEER: 'on',
      CAPATH: 'tls/ca.pem',
      SERVER_CERT: 'tls/node.pem',
      SERVER_PRIKEY: 'tls/node.key',
      SLAVE_CERT: 'tls/node.pem',
      SLAVE_PRIKEY: 'tls/node.key',
    }),
  }
  const ring: Section = {
    QUORUM: servers.length >= 3 ? 'majority' : 'none',
    STATEDIR: 'state/%n',
    RUNTIMEDIR: 'run/%n',
    GROUPKEYFILE: keyFileName,
    AUTH: 'required',
    // On one machine every node needs another one: their commands say which.
    ...(plan.hosts.length > 0 && { HTTPPORT: servers[0]!.httpPort }),
  }
  const nodes = servers.map(({ host, port, ctlPort }) => ({ NAME: host, PORT: port, CTLPORT: ctlPort }))
  const slaves = [{ NAME: '[.]*', CTLPORT: slaveCtlPort(plan) }]
  switch (plan.form) {
    case 'json':
      return `${JSON.stringify({ GLOBAL: global, RING: ring, SVRNODE: nodes, SLVNODE: slaves }, null, 2)}\n`
    case 'yaml':
      return [
        'GLOBAL:',
        ...yamlLines(global, '  '),
        'RING:',
        ...yamlLines(ring, '  '),
        'SVRNODE:',
        ...nodes.flatMap(yamlItem),
        'SLVNODE:',
        ...slaves.flatMap(yamlItem),
        '',
      ].join('\n')
    case 'ini':
      return [
        ...iniSection('GLOBAL', global),
        ...iniSection('RING', ring),
        ...nodes.flatMap((node) => iniSection('SVRNODE', node)),
        ...slaves.flatMap((node) => iniSection('SLVNODE', node)),
      ].join('\n')
  }
}

const quoted = (value: string | number) => (typeof value === 'number' ? String(value) : JSON.stringify(value))

function yamlLines(section: Section, indent: string): readonly string[] {
  return Object.entries(section).map(([key, value]) => `${indent}${key}: ${quoted(value)}`)
}

function yamlItem(section: Section): readonly string[] {
  return yamlLines(section, '    ').map((line, at) => (at === 0 ? `  - ${line.trimStart()}` : line))
}

function iniSection(name: string, section: Section): readonly string[] {
  return [`[${name}]`, ...Object.entries(section).map(([key, value]) => `${key} = ${value}`), '']
}

/** What to type next. `file` is as the user's shell will take it. */
export function nextSteps(plan: RingPlan, directory: string, file: string): string {
  const of = (ctlPort: number) => `--config ${file} --ctlport ${ctlPort}`
  const run = (ctlPort: number) => `  ring-node run ${of(ctlPort)}`
  const runWith = (ctlPort: number, httpPort: number) => `${run(ctlPort)} --http-port ${httpPort}`
  const slave = runWith(slaveCtlPort(plan), slaveHttpPort(plan))
  const servers = serversOf(plan)
  if (plan.hosts.length === 0) {
    const lines = servers.map(({ ctlPort, httpPort }) => runWith(ctlPort, httpPort))
    return [
      'Start the servers, each in a terminal of its own:',
      ...lines,
      'and a slave, for client programs:',
      slave,
      ...howItIs(of(servers[0]!.ctlPort), servers[0]!.httpPort),
      '',
    ].join('\n')
  }
  const place = `the same place on each of ${hostList(plan)}`
  const copy = plan.tls
    ? [
        `Copy ${directory}/HOST, as ${directory}, to HOST, for each of ${hostList(plan)};`,
        `and ${directory}/slave, as ${directory}, to where client programs run.`,
        `Keep ${directory}/authority to yourself: its key signs whoever is to be a node.`,
      ]
    : [`Copy ${directory} to ${place}, and to where client programs run.`]
  return [
    ...copy,
    'Keys keep their mode 0600. On each host start the server:',
    run(servers[0]!.ctlPort),
    'and where client programs run, a slave:',
    slave,
    ...howItIs(of(servers[0]!.ctlPort), servers[0]!.httpPort),
    '',
  ].join('\n')
}

function howItIs(node: string, httpPort: number): readonly string[] {
  return ['Then see how one is:', `  ring-node status ${node}`, `  curl http://127.0.0.1:${httpPort}/readyz`]
}

/** What two servers cannot do; undefined for any other number. */
export function pairWarning(plan: RingPlan): string | undefined {
  if (serversOf(plan).length !== 2) return undefined
  return [
    'Warning: two servers. When one is lost, the other is no majority, so this ring has QUORUM = none: when the network between',
    'the two is cut, both go on, each as a ring of its own, and what they do meanwhile may not agree. Three servers go on safely',
    'when one is lost (QUORUM = majority); the third may be a small one that only votes (WITNESSES in [RING]).',
    '',
  ].join('\n')
}

const hostList = ({ hosts }: RingPlan) => hosts.join(', ')
