import type { JGroupsAddress, PingData } from './jgroups-types.ts'
import { serverFlag } from './jgroups-types.ts'

/** One member as a client registered it. */
export interface Registration {
  readonly connection: number
  readonly group: string
  readonly address: JGroupsAddress
  readonly logicalName: string | undefined
  readonly physicalAddress: JGroupsAddress | undefined
}

export interface RegistryBounds {
  /** Members that one connection may have registered. */
  readonly perConnection: number
  /** Members of all groups. */
  readonly all: number
}

/** Who is registered with a gossip router, by group and address. An entry belongs to the connection that made it last. */
export class GossipRegistry {
  readonly #bounds: RegistryBounds
  readonly #groups = new Map<string, Map<string, Registration>>()
  readonly #counts = new Map<number, number>()
  #size = 0
  #revision = 0

  constructor(bounds: RegistryBounds) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#size
  }

  /** Another one after each change. */
  get revision(): number {
    return this.#revision
  }

  get groups(): readonly string[] {
    return [...this.#groups.keys()]
  }

  /** False where a bound is reached; nothing has changed then. */
  add(registration: Registration): boolean {
    const { connection, group, address } = registration
    const before = this.#groups.get(group)?.get(keyOf(address))
    const isOwn = before?.connection === connection
    const count = this.#counts.get(connection) ?? 0
    if (!isOwn && count >= this.#bounds.perConnection) return false
    if (!before && this.#size >= this.#bounds.all) return false
    if (before) this.#drop(before)
    const members = this.#groups.get(group) ?? new Map<string, Registration>()
    this.#groups.set(group, members)
    members.set(keyOf(address), registration)
    this.#counts.set(connection, (this.#counts.get(connection) ?? 0) + 1)
    this.#size += 1
    this.#revision += 1
    return true
  }

  remove(group: string, address: JGroupsAddress): void {
    const entry = this.find(group, address)
    if (entry) this.#drop(entry)
  }

  find(group: string, address: JGroupsAddress): Registration | undefined {
    return this.#groups.get(group)?.get(keyOf(address))
  }

  /** Whether anybody is in the group. */
  has(group: string): boolean {
    return this.#groups.has(group)
  }

  membersOf(group: string): readonly Registration[] {
    return [...(this.#groups.get(group)?.values() ?? [])]
  }

  /** Takes out all that a connection registered, and returns it. */
  removeConnection(connection: number): readonly Registration[] {
    if (!this.#counts.has(connection)) return []
    const own = this.groups.flatMap((group) => this.membersOf(group).filter((one) => one.connection === connection))
    for (const entry of own) this.#drop(entry)
    return own
  }

  #drop({ connection, group, address }: Registration): void {
    const members = this.#groups.get(group)
    if (!members?.delete(keyOf(address))) return
    if (members.size === 0) this.#groups.delete(group)
    this.#size -= 1
    this.#revision += 1
    const left = (this.#counts.get(connection) ?? 0) - 1
    if (left > 0) this.#counts.set(connection, left)
    else this.#counts.delete(connection)
  }
}

export function pingDataOf({ address, logicalName, physicalAddress }: Registration): PingData {
  return { address, flags: serverFlag, logicalName, physicalAddress }
}

function keyOf(address: JGroupsAddress): string {
  return address.kind === 'uuid' ? address.uuid : `${address.host ?? ''} ${address.port}`
}
