import { type MemberMetadata, metadataFault } from '@ring/gms'
import { NodeSetupError } from '../errors.ts'
import { packageVersion } from '../version.ts'
import type { RingSettings } from './ring-section.ts'

/** A server of the configuration, as ZONE, WEIGHT and WITNESSES name it. */
export interface NamedServer {
  readonly name: string
  readonly host: string
}

/**
 * What a server says of itself, by the keys of [RING]. One file is for all nodes, so what differs between them is given by
 * name. Pure.
 *
 * @param servers all of the configuration
 * @throws NodeSetupError
 */
export function descriptionOf(
  { zone, weight, labels }: Pick<RingSettings, 'zone' | 'weight' | 'labels'>,
  self: NamedServer,
  servers: readonly NamedServer[],
): MemberMetadata {
  const ownZone = valueFor('ZONE', zone, self, servers)
  const ownWeight = valueFor('WEIGHT', weight, self, servers)
  const metadata: MemberMetadata = {
    ...(ownZone !== undefined && { zone: ownZone }),
    ...(ownWeight !== undefined && { weight: Number(ownWeight) }),
    version: packageVersion(),
    ...(labels.length > 0 && { labels: labelsOf(labels) }),
  }
  const fault = metadataFault(metadata)
  if (fault !== undefined) throw new NodeSetupError(`What [RING] says of this node cannot be spread: ${fault}.`)
  return metadata
}

/**
 * Whether a server is a witness, which votes and serves nothing. Pure.
 *
 * @throws NodeSetupError
 */
export function isWitness(
  { witnesses, quorum }: Pick<RingSettings, 'witnesses' | 'quorum'>,
  self: NamedServer,
  servers: readonly NamedServer[],
): boolean {
  if (witnesses.length === 0) return false
  const named = witnesses.map((text) => serverNamed('WITNESSES', text, servers))
  if (quorum === 'none')
    throw new NodeSetupError('A witness only votes, and with QUORUM = none nobody does. Take WITNESSES out.')
  if (servers.every(({ name }) => named.some((one) => one.name === name)))
    throw new NodeSetupError('Every server is in WITNESSES, so that none would serve. Take one out.')
  return named.some(({ name }) => name === self.name)
}

/** An item is for all nodes of the file, or `NAME=value` for one server; what is given by name goes first. */
function valueFor(
  key: string,
  items: readonly string[],
  self: NamedServer,
  servers: readonly NamedServer[],
): string | undefined {
  const pairs = items.map(pairOf)
  const [general, ...more] = pairs.filter(({ name }) => name === undefined)
  if (more.length > 0)
    throw new NodeSetupError(`${key} gives two values for all nodes. Write NAME=value for each server.`)
  const own = pairs.filter(({ name }) => name !== undefined && serverNamed(key, name, servers).name === self.name)
  if (own.length > 1) throw new NodeSetupError(`${key} gives two values for ${self.name}. Leave one.`)
  return own[0]?.value ?? general?.value
}

function pairOf(item: string): { readonly name: string | undefined; readonly value: string } {
  const at = item.indexOf('=')
  if (at < 0) return { name: undefined, value: item.trim() }
  return { name: item.slice(0, at).trim(), value: item.slice(at + 1).trim() }
}

/** By its name in the ring, or by its host where only one server is there. */
function serverNamed(key: string, text: string, servers: readonly NamedServer[]): NamedServer {
  const found = servers.filter(({ name }) => name === text)
  const there = found.length > 0 ? found : servers.filter(({ host }) => host === text.toLowerCase())
  if (there.length === 1) return there[0]!
  const names = servers.map(({ name }) => name).join(', ')
  const what = there.length === 0 ? 'is no server of this configuration' : 'is the host of several servers'
  throw new NodeSetupError(`${key}: ${text} ${what}. The servers are ${names}.`)
}

function labelsOf(items: readonly string[]): Readonly<Record<string, string>> {
  const pairs = items.map(pairOf)
  const bare = pairs.find(({ name }) => name === undefined || name === '')
  if (bare) throw new NodeSetupError(`LABELS: "${bare.value}" is not of the form name=text.`)
  // Not a plain assignment, which some names would not survive.
  return Object.fromEntries(pairs.map(({ name, value }) => [name!, value]))
}
