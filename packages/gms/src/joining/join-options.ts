import type { DiscoveryProtocol } from '@ring/discovery'
import {
  type Address,
  type ArgumentRule,
  aCount,
  address,
  aFlag,
  aFunction,
  anObject,
  aText,
  checkArguments,
  type Logger,
  listOf,
  type NodeName,
  type NodeRole,
  nodeName,
  nodeNameMaxBytes,
  oneOf,
  optional,
} from '@ring/platform'
import { formatAddress, parseAddress, standardErrorLogger, type TlsSettings } from '@ring/transport'
import type { ViewMerging } from '../core/meeting/merging.ts'
import { type MemberMetadata, metadataFault } from '../core/record/metadata.ts'
import { partNamePattern, type StatePart } from '../core/record/state-part.ts'
import type { DetectProfile } from '../core/timing.ts'
import { JoinOptionsError } from './membership-errors.ts'
import type { MembershipListeners } from './membership-events.ts'

/** Where a member listens. */
export interface ListenOptions {
  /** An address or a name of this machine; `0.0.0.0` or `::` for all of them. */
  readonly host: string
  /** 0 takes one that is free. */
  readonly port: number
  /** The host as the others dial it, where that is another one; needed where `host` stands for all addresses. */
  readonly advertise?: string
}

/** A server of the group; a text is both its name and its address, `host:port`. */
export type ServerOption = string | { readonly name: string; readonly address: string }

interface CommonOptions {
  /** Nodes of other groups are refused. */
  readonly group: string
  /** How this member finds the others. Default TCPPING over `servers`. */
  readonly discovery?: DiscoveryProtocol
  /** Servers that may be there. With `quorum: 'majority'` these are who may form the group, this one among them. */
  readonly servers?: readonly ServerOption[]
  /** How soon a silent member is expelled: after about 1, 3 or 10 seconds. Default `default`. */
  readonly detect?: DetectProfile
  /** Group keys, 16 bytes or more; the first signs, all are accepted. Without keys and mutual TLS anybody may join. */
  readonly keys?: readonly Uint8Array[]
  readonly tls?: TlsSettings
  /** Gives the join up after this time, in milliseconds. By default it waits as long as it takes. */
  readonly joinTimeoutMs?: number
  /** Gives the join up; has no effect on a membership. */
  readonly signal?: AbortSignal
  /**
   * What the group agrees on beside its view: each part follows the view, and takes operations (`propose`). All members should
   * know the same ones; what one does not know it keeps and passes on.
   */
  readonly parts?: readonly StatePart[]
  /** Hear of events from the first view on, which comes before `join` resolves. */
  readonly listeners?: MembershipListeners
  /** Leaves when the process ends by itself, or gets SIGTERM or SIGINT. Default false: no handler is installed. */
  readonly leaveOnExit?: boolean
  /** Whether being a member keeps the process alive. Default false. */
  readonly keepAlive?: boolean
  /** Default: warnings and errors go to standard error, a line each, for people; `silent` says nothing. */
  readonly logger?: Logger
}

/** A full member: it stands in the view. */
export interface ServerJoinOptions extends CommonOptions {
  readonly role?: 'server'
  /** Unique in the group. Default: the address, `host:port`. */
  readonly name?: string
  readonly listen: ListenOptions
  /**
   * Who decides: the coordinator alone (`none`, the default), or a majority of the voters, so that no two sides of a split
   * can both go on.
   */
  readonly quorum?: 'none' | 'majority'
  /** Where this member's lives, promises and votes are kept; made with mode 0700. `majority` needs it. */
  readonly stateDirectory?: string
  /** With `majority`: votes from memory. After a restart of a majority the group is stuck. */
  readonly forgetful?: boolean
  /** With `majority`: joins a group that is there, never forms one. */
  readonly joinOnly?: boolean
  /** How many form the group, where discovery finds them and `servers` does not name them all (majority). */
  readonly expect?: number
  /** What this member says of itself, to be read in every view. */
  readonly metadata?: MemberMetadata
  /** It votes, and is there to serve nothing. */
  readonly witness?: boolean
  /**
   * How groups that were apart become one again (`quorum: 'none'`): `viewMerging()` of `@ring/merge` does it as one change,
   * with a `merge` event. By default the members of the smaller one join the other anew, one by one.
   */
  readonly merging?: ViewMerging
}

/** A follower: it sees the views, and stands in none. It only dials. */
export interface SlaveJoinOptions extends CommonOptions {
  readonly role: 'slave'
  /** Unique in the group. */
  readonly name: string
}

export type JoinOptions = ServerJoinOptions | SlaveJoinOptions

/** A server that may be there. */
export interface KnownServer {
  readonly name: NodeName
  readonly address: Address
}

/** Options that were checked, with their defaults. */
export interface JoinSettings extends Omit<CommonOptions, 'servers' | 'detect' | 'logger'> {
  readonly role: NodeRole
  /** Undefined: the address. */
  readonly name: NodeName | undefined
  readonly listen: (ListenOptions & { readonly advertise: string }) | undefined
  readonly servers: readonly KnownServer[]
  readonly quorum: 'none' | 'majority'
  readonly detect: DetectProfile
  readonly stateDirectory: string | undefined
  readonly forgetful: boolean
  readonly joinOnly: boolean
  readonly expect: number | undefined
  readonly witness: boolean
  readonly metadata?: MemberMetadata | undefined
  readonly merging?: ViewMerging | undefined
  readonly logger: Logger
}

const keyBytesMin = 16
const anyHost = ['0.0.0.0', '::', '']

const aServer: ArgumentRule = {
  fits: (value) => {
    if (typeof value !== 'object' || value === null) return typeof value === 'string'
    const { name, address: at } = value as Readonly<Record<string, unknown>>
    return typeof name === 'string' && typeof at === 'string'
  },
  wanted: 'host:port, or an object with name and address',
}
const aKey: ArgumentRule = { fits: (value) => value instanceof Uint8Array, wanted: 'a Uint8Array', isSecret: true }

const aPart: ArgumentRule = {
  fits: (value) => {
    if (typeof value !== 'object' || value === null) return false
    const { name, maxChars, ...functions } = value as Readonly<Record<string, unknown>>
    const { check, follow, apply } = functions
    const isWhole = [check, follow, apply].every((one) => typeof one === 'function')
    return isWhole && typeof maxChars === 'number' && typeof name === 'string' && partNamePattern.test(name)
  },
  wanted: 'a state part: a name (a-z, 0-9, -), maxChars, check, follow and apply',
}

/** Types only; what values mean together is looked at afterwards. */
const joinRules = {
  ...{ group: aText, name: optional(aText), role: optional(oneOf('server', 'slave')), discovery: optional(aFunction) },
  ...{ servers: optional(listOf(aServer)), keys: optional(listOf(aKey)), tls: optional(anObject) },
  ...{ detect: optional(aText), signal: optional(anObject), listeners: optional(anObject), logger: optional(anObject) },
  parts: optional(listOf(aPart)),
  joinTimeoutMs: optional({ fits: (value) => typeof value === 'number', wanted: 'a number of milliseconds' }),
  ...{ leaveOnExit: optional(aFlag), keepAlive: optional(aFlag), listen: optional(anObject) },
  ...{
    quorum: optional(aText),
    stateDirectory: optional(aText),
    forgetful: optional(aFlag),
    joinOnly: optional(aFlag),
  },
  ...{ expect: optional(aCount), metadata: optional(anObject), witness: optional(aFlag), merging: optional(anObject) },
} satisfies Readonly<Record<string, ArgumentRule>>

const listenRules = { host: aText, advertise: optional(aText) } as const

/** @throws JoinOptionsError, ArgumentError */
export function readJoinOptions(options: JoinOptions): JoinSettings {
  checkArguments('join()', options, joinRules)
  const { group, keys = [], joinTimeoutMs, detect = 'default', logger = standardErrorLogger } = options
  checkName('group', group)
  if (options.name !== undefined) checkName('name', options.name)
  if (keys.some((key) => key.length < keyBytesMin))
    throw new JoinOptionsError(`A group key has fewer than ${keyBytesMin} bytes. Make one with randomBytes(32).`)
  if (joinTimeoutMs !== undefined && !(joinTimeoutMs > 0))
    throw new JoinOptionsError(
      `joinTimeoutMs is ${joinTimeoutMs}. Give milliseconds, or leave it out to wait for ever.`,
    )
  if (!['fast', 'default', 'patient'].includes(detect))
    throw new JoinOptionsError(`detect is "${detect}". It can be fast, default or patient.`)
  const servers = (options.servers ?? []).map(readServer)
  const name = options.name === undefined ? undefined : nodeName(options.name)
  const common = { ...options, name, servers, detect, logger }
  if (options.role === 'slave') return { ...common, ...slaveSettings }
  const settings: JoinSettings = { ...common, ...readServerOptions(options) }
  checkQuorum(settings)
  return settings
}

const slaveSettings = {
  role: 'slave',
  listen: undefined,
  quorum: 'none',
  stateDirectory: undefined,
  forgetful: false,
  joinOnly: false,
  expect: undefined,
  witness: false,
} as const

function readServerOptions(options: ServerJoinOptions) {
  const { quorum = 'none', stateDirectory, forgetful = false, joinOnly = false, expect, witness = false } = options
  const { metadata, merging } = options
  const fault = metadata && metadataFault(metadata)
  if (fault !== undefined) throw new JoinOptionsError(`This metadata cannot be taken: ${fault}.`)
  const listen = readListen(options.listen)
  const role = 'server' as const
  return { role, listen, quorum, stateDirectory, forgetful, joinOnly, expect, witness, metadata, merging }
}

/** With a port behind it, it fits into every message. */
const hostMax = 255

function readListen(listen: ListenOptions | undefined) {
  if (listen === undefined) throw new JoinOptionsError('A member listens: give listen, a host and a port (0: any).')
  checkArguments('join(), listen', listen, listenRules)
  const { host, port, advertise = host } = listen
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new JoinOptionsError(`listen.port is ${port}. It is a whole number from 0 (any that is free) to 65535.`)
  if (anyHost.includes(advertise))
    throw new JoinOptionsError(
      `listen.host "${host}" stands for all addresses of this machine. Say in listen.advertise at which one the others reach it.`,
    )
  // Others refuse a message with an address that they cannot read: the join would never be answered.
  if (advertise === '' || /[\s[\]]/.test(advertise) || advertise.length > hostMax)
    throw new JoinOptionsError(
      `listen.advertise "${advertise}" is no host: a name or an address, without brackets and blanks.`,
    )
  return { host, port, advertise }
}

function readServer(server: ServerOption): KnownServer {
  const given = typeof server === 'string' ? { name: server, address: server } : server
  checkName('servers', given.name)
  try {
    const { host, port } = parseAddress(given.address)
    const normal = formatAddress(host, port)
    return { name: nodeName(typeof server === 'string' ? normal : given.name), address: address(normal) }
  } catch {
    throw new JoinOptionsError(`servers: "${given.address}" is no address. Write host:port, or [host]:port for IPv6.`)
  }
}

function checkQuorum({ quorum, servers, joinOnly, expect, stateDirectory, forgetful }: JoinSettings): void {
  if (!['none', 'majority'].includes(quorum))
    throw new JoinOptionsError(`quorum is "${quorum}". It can be none or majority.`)
  if (quorum === 'none') return
  if (servers.length === 0 && !joinOnly && expect === undefined)
    throw new JoinOptionsError(
      'With quorum majority, servers names those who form the group, this one among them. Give it, or expect (how many there will be), or joinOnly.',
    )
  if (stateDirectory === undefined && !forgetful)
    throw new JoinOptionsError(
      'With quorum majority a member keeps its promises on disk. Give stateDirectory, or forgetful to go without.',
    )
}

function checkName(option: string, name: unknown): void {
  if (typeof name === 'string' && name !== '' && Buffer.byteLength(name) <= nodeNameMaxBytes) return
  throw new JoinOptionsError(`${option} is a text of 1 to ${nodeNameMaxBytes} bytes.`)
}
