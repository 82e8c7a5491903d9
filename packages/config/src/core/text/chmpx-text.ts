import type { Configuration } from '../configuration.ts'
import type { Endpoint } from '../nodes/endpoint.ts'
import type { ServerNode, ServerTls, SlaveNode } from '../nodes/nodes.ts'
import type { ZonedDate } from './rfc2822-date.ts'

/** What the text says of the machine. */
export interface ChmpxTextOptions {
  readonly mode: 'server' | 'slave'
  readonly ctlPort?: number | undefined
  readonly cuk?: string | undefined
  /** Stands for `localhost` and loopback addresses in NAME, as CHMPX shows them. */
  readonly ownAddress?: string | undefined
  readonly isDirectory?: (path: string) => boolean
}

type Line = readonly [label: string, value: string | number | readonly string[]]

const noPort = -1
/**
 * CHMPX takes the time of day for that of the machine's zone, whatever zone is written, and for daylight saving time.
 * This is what it makes of it where the machine's zone is UTC.
 */
function chmpxDate({ epochMs, zoneMinutes }: ZonedDate): number {
  return epochMs === 0 ? 0 : Math.floor(epochMs / 1000) + zoneMinutes * 60 - 3600
}

const onOff = (value: boolean) => (value ? 'on' : 'off')
const yesNo = (value: boolean) => (value ? 'yes' : 'no')
const orNone = (value: string | undefined) => value ?? 'n/a'

/** What CHMPX's chmpxconftest prints for a configuration, to be compared line by line. */
export function chmpxText(configuration: Configuration, options: ChmpxTextOptions): string {
  const servers = configuration.servers.map((node) => serverLines(node, options)).sort(byNameAndPort)
  const slaves = configuration.slaves.map(slaveLines)
  // CHMPX sorts the slaves of an INI file while it reads it, and those of the other forms never.
  if (configuration.source.kind === 'file' && configuration.source.syntax === 'ini') slaves.sort(byNameAndPort)
  return [
    'configuration{',
    ...block(1, globalLines(configuration, options)),
    ...servers.flatMap((lines, index) => nodeBlock(`server[${index + 1}]`, lines)),
    ...slaves.flatMap((lines, index) => nodeBlock(`slave[${index + 1}]`, lines)),
    '}',
    '',
  ].join('\n')
}

/** By NAME as text, then by CTLPORT as a number. */
function byNameAndPort(one: readonly Line[], other: readonly Line[]): number {
  const valueOf = (lines: readonly Line[], key: string) => lines.find(([label]) => label === key)![1]
  const [name, otherName] = [String(valueOf(one, 'NAME')), String(valueOf(other, 'NAME'))]
  if (name !== otherName) return name < otherName ? -1 : 1
  return Number(valueOf(one, 'CTLPORT')) - Number(valueOf(other, 'CTLPORT'))
}

const nodeBlock = (title: string, lines: readonly Line[]) => [`\t${title}{`, ...block(2, lines, 14), '\t}']

function block(depth: number, lines: readonly Line[], width = 16): readonly string[] {
  const indent = '\t'.repeat(depth)
  return lines.flatMap(([label, value]) => {
    const start = `${indent}${label.padEnd(width)}= `
    if (typeof value !== 'object') return [`${start}${value}`]
    if (value.length === 0) return [`${start}n/a`]
    return [`${start}{`, ...value.map((item) => `${indent}\t${item}`), `${indent}}`]
  })
}

function globalLines({ global }: Configuration, options: ChmpxTextOptions): readonly Line[] {
  return [
    ['GROUP', global.group],
    ['REVISION', global.fileVersion],
    ['DATE', chmpxDate(global.date)],
    ['MODE', options.mode.toUpperCase()],
    ['DELIVER MODE', global.deliverMode.toUpperCase()],
    ['SELF CTLPORT', options.ctlPort ?? global.selfCtlPort ?? noPort],
    ['SELF CUK', orNone(options.cuk ?? global.selfCuk)],
    ['CHMPXID TYPE', global.chmpxIdType],
    ['MAXCHMPX', global.maxChmpx],
    ['REPLICA', global.replica],
    ['MAXMQSERVER', global.maxMqServer],
    ['MAXMQCLIENT', global.maxMqClient],
    ['MQPERATTACH', global.mqPerAttach],
    ['MAXQPERSERVERMQ', global.maxQPerServerMq],
    ['MAXQPERCLIENTMQ', global.maxQPerClientMq],
    ['MAXMQPERCLIENT', global.maxMqPerClient],
    ['MAXHISTLOG', global.maxHistLog],
    ['RWTIMEOUT', global.rwTimeoutUs],
    ['RETRYCNT', global.retryCnt],
    ['CONTIMEOUT', global.conTimeoutUs],
    ['MQRWTIMEOUT', global.mqRwTimeoutUs],
    ['MQRETRYCNT', global.mqRetryCnt],
    ['MQACK', onOff(global.mqAck)],
    ['DOMERGE', onOff(global.doMerge)],
    ['AUTOMERGE', onOff(global.autoMerge)],
    ['MERGETIMEOUT', global.mergeTimeoutS],
    ['SOCKTHREADCNT', global.sockThreadCnt],
    ['MQTHREADCNT', global.mqThreadCnt],
    ['MAXSOCKPOOL', global.maxSockPool],
    ['SOCKPOOLTIMEOUT', global.sockPoolTimeoutS],
    ['K2HFULLMAP', yesNo(global.k2hFullMap)],
    ['K2HMASKBIT', global.k2hMaskBit],
    ['K2HCMASKBIT', global.k2hCMaskBit],
    ['K2HMAXELE', global.k2hMaxEle],
    ['SSL_MIN_VER', global.sslMinVer],
    ['NSSDB_DIR', orNone(global.nssDbDir)],
  ]
}

const isLoopback = (host: string) => /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host)

function serverLines(node: ServerNode, options: ChmpxTextOptions): readonly Line[] {
  return [
    ['NAME', isLoopback(node.host) ? (options.ownAddress ?? node.host) : node.host],
    ['PORT', node.port],
    ['CTLPORT', node.ctlPort],
    ['ENDPOINTS', dialled(node.endpoints, node.port)],
    ['CTLENDPOINTS', dialled(node.ctlEndpoints, node.ctlPort)],
    ...identityLines(node),
    ...tlsLines(node.tls, options),
  ]
}

function slaveLines(node: SlaveNode): readonly Line[] {
  const ctlPort = node.ctlPort ?? noPort
  return [
    ['NAME', node.pattern],
    ['PORT', noPort],
    ['CTLPORT', ctlPort],
    ['CTLENDPOINTS', dialled(node.ctlEndpoints, ctlPort)],
    ...identityLines({ ...node, cuk: node.cukPattern }),
    ['SSL', 'no'],
  ]
}

function identityLines(
  node: Pick<ServerNode, 'forwardPeers' | 'reversePeers' | 'cuk' | 'customIdSeed'>,
): readonly Line[] {
  return [
    ['FORWARD_PEERS', node.forwardPeers.map(({ host }) => host)],
    ['REVERSE_PEERS', node.reversePeers.map(({ host }) => host)],
    ['CUK', orNone(node.cuk)],
    ['CUSTOM_ID_SEED', orNone(node.customIdSeed)],
  ]
}

const dialled = (endpoints: readonly Endpoint[], otherwise: number) =>
  endpoints.map(({ host, port = otherwise }) => `${host} ( ${port} )`)

function tlsLines(tls: ServerTls, { isDirectory = () => false }: ChmpxTextOptions): readonly Line[] {
  if (!tls.enabled) return [['SSL', 'no']]
  return [
    ['SSL', 'yes'],
    ['VERIFY_PEER', yesNo(tls.verifyPeer)],
    ['CA PATH TYPE', tls.caPath === undefined || isDirectory(tls.caPath) ? 'dir' : 'file'],
    ['CA PATH', tls.caPath ?? ''],
    ['SERVER CERT', tls.server.certificate],
    ['SERVER PRIKEY', tls.server.privateKey],
    ['SLAVE CERT', tls.slave?.certificate ?? ''],
    ['SLAVE PRIKEY', tls.slave?.privateKey ?? ''],
  ]
}
