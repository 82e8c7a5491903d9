import {
  type Configuration,
  type ConfigurationSource,
  defineSection,
  loadConfiguration,
  path,
  type ServerNode,
  sourceFromArgument,
  sourceFromEnvironment,
} from '@ring/config'
import { FileError, NoRingError } from '../core/errors.ts'
import type { NodeChoice, Settings } from '../core/options/settings.ts'
import type { Seed } from '../core/ring/gathering.ts'
import { addressText, endpointAddresses, type NodeAddress } from '../core/ring/node-address.ts'
import { controlAddressIn, type RunningNode, runningNodes, runtimeDirectoryBase } from './running-nodes.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What is read of [RING] here: a node without a list of servers is found where it runs. */
const ringSection = defineSection(
  'RING',
  { runtimeDir: path({ key: 'RUNTIMEDIR', optional: true }) },
  { replacesServers: () => true },
)

/** Where the nodes of the session are known from, and what was said of it. */
export interface KnownNodes {
  readonly seeds: readonly Seed[]
  /** They were found on this machine, and may be of several groups. */
  readonly isLocal: boolean
  readonly speaksTls: boolean
}

/**
 * The nodes that are known before anybody was asked.
 *
 * @throws ConfigurationError, NoRingError, FileError
 */
export async function knownNodes({ choice, meant }: Settings, environment: Environment): Promise<KnownNodes> {
  switch (choice.kind) {
    case 'configuration':
      return configured(sourceFromArgument(choice.configuration), meant.ctlPort, environment)
    case 'host':
      return remote([hostSeed(choice)])
    case 'runtime': {
      const found = await controlAddressIn(choice.directory)
      if (found.kind === 'none') throw new FileError(`No node can be reached by ${choice.directory}: ${found.why}.`)
      return local([found])
    }
    case 'here': {
      const source = sourceFromEnvironment(environment)
      return source === undefined ? here(environment) : configured(source, meant.ctlPort, environment)
    }
  }
}

const remote = (seeds: readonly Seed[]): KnownNodes => ({ seeds, isLocal: false, speaksTls: false })

const local = (found: readonly RunningNode[]): KnownNodes => ({
  seeds: found.map(({ address }) => seedAt(address)),
  isLocal: true,
  speaksTls: found.some(({ speaksTls }) => speaksTls),
})

async function here(environment: Environment): Promise<KnownNodes> {
  const base = runtimeDirectoryBase(environment)
  const running = await runningNodes(base)
  if (running.length > 0) return local(running)
  throw new NoRingError(
    `No node of this user runs on this machine (looked in ${base}). Start one with ring-node run, or name a ring with --config FILE or --host HOST --ctl-port PORT.`,
  )
}

async function configured(
  source: ConfigurationSource,
  ctlPort: number | undefined,
  environment: Environment,
): Promise<KnownNodes> {
  const configuration = await loadConfiguration(source, { sections: [ringSection] })
  const servers = configuration.servers.map(serverSeed)
  const isOther = ctlPort !== undefined && !servers.some((seed) => seed.ctlPort === ctlPort)
  const own = isOther ? [{ ...seedAt({ host: 'localhost', port: ctlPort }), role: 'slave' as const }] : []
  if (servers.length + own.length > 0) return remote([...servers, ...own])
  return unlisted(configuration, environment)
}

/** Servers that find each other by discovery: one of this machine has to tell. */
async function unlisted(configuration: Configuration, environment: Environment): Promise<KnownNodes> {
  const { runtimeDir } = configuration.section(ringSection)
  const found = runtimeDir === undefined || runtimeDir.includes('%n') ? undefined : await controlAddressIn(runtimeDir)
  if (found?.kind === 'address') return local([found])
  const running = await runningNodes(runtimeDirectoryBase(environment))
  if (running.length > 0) return local(running)
  throw new NoRingError(
    'The configuration lists no server, and no node of this user runs on this machine. Name one with --host HOST --ctl-port PORT.',
  )
}

function serverSeed({ host, ctlPort, cuk, ctlEndpoints }: ServerNode): Seed {
  const own = { host, port: ctlPort }
  const addresses = [...ctlEndpoints.map((one) => ({ host: one.host, port: one.port ?? ctlPort })), own]
  const label = `${addressText(own)}${cuk === undefined || cuk === '' ? '' : `:${cuk}`}`
  return { label, host, ctlPort, addresses, role: 'server' }
}

function hostSeed({ host, port, endpoints }: Extract<NodeChoice, { kind: 'host' }>): Seed {
  const seed = seedAt({ host, port })
  const first = endpointAddresses((endpoints ?? '').split(',').filter(Boolean), port)
  return { ...seed, addresses: [...first, ...seed.addresses] }
}

const seedAt = (address: NodeAddress): Seed => ({
  label: addressText(address),
  host: address.host,
  ctlPort: address.port,
  addresses: [address],
  role: 'server',
})
