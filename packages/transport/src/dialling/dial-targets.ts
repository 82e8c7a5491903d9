import type { Address, NodeName } from '@ring/platform'
import { parseAddress } from './host-port.ts'

/** A configured server as others dial it. */
export interface DialTarget {
  readonly name: NodeName
  /** In the order in which they are tried. */
  readonly addresses: readonly Address[]
  /** Whether it speaks TLS there. */
  readonly tls: boolean
}

/** Every way to one node. */
export interface Ways {
  readonly addresses: readonly Address[]
  readonly tls: boolean
  /** The hosts of the addresses: what its certificate may be for. */
  readonly hosts: readonly string[]
}

/**
 * The record names one address a member; the configuration may know more. An address that it does not know is dialled
 * alone, with TLS when the ring has it.
 */
export class DialTargets {
  readonly #byName: ReadonlyMap<NodeName, DialTarget>
  readonly #targets: readonly DialTarget[]
  readonly #tlsOtherwise: boolean

  constructor(targets: readonly DialTarget[], tlsOtherwise: boolean) {
    this.#targets = targets
    this.#tlsOtherwise = tlsOtherwise
    this.#byName = new Map(targets.map((target) => [target.name, target]))
  }

  /** @param name who is wanted, where that is known: an address may be shared behind a gateway */
  waysTo(address: Address, name?: NodeName): Ways {
    const named = name === undefined ? undefined : this.#byName.get(name)
    const found = named ? [named] : this.#targets.filter(({ addresses }) => addresses.includes(address))
    const known = new Set(found.flatMap(({ addresses }) => addresses))
    // An address that the node gave itself is news, and tried first; one of the configuration has its place there.
    const addresses = known.has(address) ? [...known] : [address, ...known]
    const tls = found.length > 0 ? found.some((target) => target.tls) : this.#tlsOtherwise
    return { addresses, tls, hosts: addresses.flatMap(hostOf) }
  }
}

function hostOf(address: Address): readonly string[] {
  try {
    return [parseAddress(address).host]
  } catch {
    return []
  }
}
