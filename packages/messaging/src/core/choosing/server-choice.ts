import { firstUp, noServer, type Routing } from '@ring/placement'
import { noPartition } from '../frames/frame-header.ts'
import { Status } from '../frames/status.ts'
import { noIndex, type RelayPort } from '../relay/relay-port.ts'
import { laneCount } from './credit-lanes.ts'
import { isSame, ServerNameTable } from './server-name-table.ts'

const encoder = new TextEncoder()

/** Where a frame stands against this relay's table (rule D5). */
export type Stamp = 'equal' | 'older' | 'newer'

/** Who a node is, if it is a server: its place in the routing is found by these. */
export interface SelfServer {
  readonly name: string
  readonly incarnation: number
}

/** Chooses servers by the present routing, and knows which of them are linked. */
export class ServerChoice {
  routing: Routing | undefined
  /** This node's own place in the routing. */
  selfIndex = noIndex
  private self: SelfServer | undefined
  private readonly linked = new Set<RelayPort>()
  /** Lives to which the first link is being opened. */
  private readonly opening = new Set<string>()
  private byIndex: (RelayPort | null)[] = []
  /** The server that was last in turn, by lane: services do not take each other's turns. */
  private readonly turns = new Uint16Array(laneCount)
  private names = new ServerNameTable([])
  private readonly selfName: Uint8Array | undefined
  /** For each partition, its server. */
  private owner = new Uint16Array(0)

  constructor(self: SelfServer | undefined) {
    this.self = self
    this.selfName = self && encoder.encode(self.name)
  }

  setRouting(routing: Routing): void {
    this.routing = routing
    this.owner = Uint16Array.from({ length: routing.partitions }, (_, partition) => firstUp(routing, partition))
    const self = this.self
    this.selfIndex =
      self === undefined
        ? noIndex
        : routing.servers.findIndex(({ name, incarnation }) => name === self.name && incarnation === self.incarnation)
    this.names = new ServerNameTable(routing.servers.map(({ name }) => name))
    this.rebind()
  }

  /** This node leads another life from here on. */
  setSelf(self: SelfServer): void {
    this.self = self
    if (this.routing !== undefined) this.setRouting(this.routing)
  }

  addLink(port: RelayPort): void {
    this.linked.add(port)
    this.rebind()
  }

  removeLink(port: RelayPort): void {
    this.linked.delete(port)
    this.rebind()
  }

  /** The first link to a life is being opened; or it is open, or known to be out of reach for now. */
  setOpening(life: SelfServer, isOpening: boolean): void {
    const place = placeName(life.name, life.incarnation)
    if (isOpening) this.opening.add(place)
    else this.opening.delete(place)
  }

  /** Whether there will be a link to the server at `index` in a moment, as far as is known. */
  isOpening(index: number): boolean {
    const server = this.opening.size === 0 || index === noIndex ? undefined : this.routing?.servers[index]
    if (server === undefined || !server.up || this.byIndex[index] !== null) return false
    return this.opening.has(placeName(server.name, server.incarnation))
  }

  get isAnyOpening(): boolean {
    return this.opening.size > 0 && this.routing?.servers.some((_, index) => this.isOpening(index)) === true
  }

  /** The link to the server at `index`, if there is one now. */
  linkTo(index: number): RelayPort | null {
    return this.byIndex[index] ?? null
  }

  /** Whether `[start, end)` is this node's name. */
  isSelf(bytes: Uint8Array, start: number, end: number): boolean {
    return this.selfName !== undefined && isSame(this.selfName, bytes, start, end)
  }

  /** The place of the server whose name is `[start, end)`; {@link noIndex} when the routing has none. */
  named(bytes: Uint8Array, start: number, end: number): number {
    return this.names.find(bytes, start, end)
  }

  /** The version at which `partition` last changed; the routing's own where that partition does not exist. */
  versionOf(partition: number): number {
    const routing = this.routing
    if (routing === undefined) return 0
    return partition < routing.partitions ? routing.changedAt[partition]! : routing.version
  }

  compare(partition: number, stamp: number): Stamp {
    const routing = this.routing
    if (routing === undefined) return 'newer'
    if (partition < routing.partitions && stamp === routing.changedAt[partition]) return 'equal'
    return stamp > routing.version ? 'newer' : 'older'
  }

  /** The server of a partition: the first that is up and in sync (D1), as an index, or `noServer`. */
  ofPartition(partition: number): number {
    return this.owner[partition] ?? noServer
  }

  /**
   * The next server in turn that is up, in service, and can take a request in `lane`: linked with room, or this node itself with a program.
   * Otherwise minus the status that says why there is none.
   */
  next(lane: number, isSelfAble: boolean, needsServices: boolean): number {
    const servers = this.routing?.servers ?? []
    let why: number = Status.noServer
    for (let tried = 0; tried < servers.length; tried++) {
      const index = (this.turns[lane]! + 1) % servers.length
      this.turns[lane] = index
      if (!servers[index]!.up || servers[index]!.isOut === true) continue
      if (index === this.selfIndex) {
        if (isSelfAble) return index
        if (why === Status.noServer) why = needsServices ? Status.noService : Status.noProgram
        continue
      }
      const port = this.byIndex[index] ?? null
      if (port !== null && needsServices && !port.knowsServices) {
        if (why !== Status.queueFull && why !== Status.noLink) why = Status.oldVersion
      } else if (port?.hasRoom(lane) === true) return index
      else if (port !== null) why = Status.queueFull
      else if (why !== Status.queueFull) why = Status.noLink
    }
    return -why
  }

  /** All servers that are up and in service; or those of one partition. */
  all(partition: number): number[] {
    const routing = this.routing
    if (routing === undefined) return []
    const indices =
      partition === noPartition
        ? routing.servers.map((_, index) => index)
        : [...routing.owners.subarray(partition * routing.width, (partition + 1) * routing.width)]
    return indices.filter((index) => {
      const server = routing.servers[index]
      return server?.up === true && server.isOut !== true
    })
  }

  private rebind(): void {
    const places = new Map<string, number>()
    const servers = this.routing?.servers ?? []
    for (const [index, server] of servers.entries()) places.set(placeName(server.name, server.incarnation), index)
    this.byIndex = servers.map(() => null)
    for (const port of this.linked) {
      port.serverIndex = places.get(placeName(port.name, port.incarnation)) ?? noIndex
      if (port.serverIndex !== noIndex) this.byIndex[port.serverIndex] = port
    }
  }
}

function placeName(name: string, incarnation: number): string {
  return `${incarnation} ${name}`
}
