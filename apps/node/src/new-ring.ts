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
}

export const slaveCtlPort = ({ firstPort }: RingPlan) => firstPort + 2
export const keyFileName = 'ring.key'

/** On one machine each server has ports of its own; otherwise all have the same. */
export function serversOf({ hosts, servers, firstPort: port }: RingPlan): readonly PlannedServer[] {
  if (hosts.length > 0) return hosts.map((host) => ({ host, port, ctlPort: port + 1 }))
  return Array.from({ length: servers }, (_, at) => ({
    host: '127.0.0.1',
    port: port + at * 10,
    ctlPort: port + 1 + at * 10,
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
    GROUPKEYFILE: keyFileName,
    AUTH: 'required',
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
  const run = (ctlPort: number) => `  ring-node run --config ${file} --ctlport ${ctlPort}`
  const servers = serversOf(plan)
  if (plan.hosts.length === 0) {
    const lines = servers.map(({ ctlPort }) => run(ctlPort))
    return [
      'Start the servers, each in a terminal of its own:',
      ...lines,
      'and a slave, for client programs:',
      run(slaveCtlPort(plan)),
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
    run(slaveCtlPort(plan)),
    '',
  ].join('\n')
}

const hostList = ({ hosts }: RingPlan) => hosts.join(', ')
