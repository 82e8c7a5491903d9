import type { Core } from '@ring/platform'
import { GossipFrameSplitter, gossipFrame } from './gossip-frames.ts'
import { decodeGossipMessage, encodeGossipMessage, type GossipMessage } from './gossip-message.ts'
import { GossipRegistry, pingDataOf, type Registration } from './gossip-registry.ts'

export interface GossipRouterCoreOptions {
  /** The longest frame, in bytes; it bounds what is forwarded, too. 128 KiB when not given. */
  readonly frameMax?: number
  /** Registrations of one connection (64) and of all (10 000). */
  readonly registrationsPerConnection?: number
  readonly registrationsMax?: number
  /** A connection that is silent for so long is closed, and its entries go; never (0) when not given, as in JGroups. */
  readonly expiryMs?: number
  /** Whether the rest of a group is told of members whose connection ended (true, as in JGroups). */
  readonly suspects?: boolean
}

/** Connections are named by numbers that the shell gives and never uses again. */
export type GossipRouterEvent =
  | { readonly type: 'opened'; readonly connection: number }
  | { readonly type: 'bytes'; readonly connection: number; readonly bytes: Uint8Array }
  | { readonly type: 'closed'; readonly connection: number }
  | { readonly type: 'tick' }

/** Why a router ends a connection. */
export type GossipRouterRefusal = 'frame' | 'rubbish' | 'too-many' | 'expired'

export type GossipRouterEffect =
  | { readonly type: 'send'; readonly connection: number; readonly bytes: Uint8Array }
  | { readonly type: 'close'; readonly connection: number; readonly reason?: GossipRouterRefusal }

interface Connection {
  readonly id: number
  readonly splitter: GossipFrameSplitter
  heardMs: number
}

/** Prefix of the names in an answer about all groups. */
const allGroups = '<<all-groups>>:'

/**
 * JGroups 5's GossipRouter: who is registered in a group, and messages between those that cannot reach each other. It
 * speaks to clients since 4.0: an answer is of type GET_MBRS_RSP, which all of them know; only the last of an answer about
 * all groups, which clients before 5.4.4 do not ask for, is GET_MBRS_RSP_LAST.
 */
export class GossipRouterCore implements Core<GossipRouterEvent, GossipRouterEffect> {
  readonly #frameMax: number
  readonly #expiryMs: number
  readonly #suspects: boolean
  readonly #registry: GossipRegistry
  readonly #connections = new Map<number, Connection>()
  #effects: GossipRouterEffect[] = []

  constructor(options: GossipRouterCoreOptions = {}) {
    const { frameMax = 128 * 1024, registrationsPerConnection = 64, registrationsMax = 10_000 } = options
    this.#frameMax = frameMax
    this.#expiryMs = options.expiryMs ?? 0
    this.#suspects = options.suspects ?? true
    this.#registry = new GossipRegistry({ perConnection: registrationsPerConnection, all: registrationsMax })
  }

  /** Members registered now. */
  get registrations(): number {
    return this.#registry.size
  }

  /** When a `tick` is due, in monotonic milliseconds. */
  get nextMs(): number | undefined {
    if (this.#expiryMs === 0 || this.#connections.size === 0) return undefined
    let oldest = Number.POSITIVE_INFINITY
    for (const { heardMs } of this.#connections.values()) oldest = Math.min(oldest, heardMs)
    return oldest + this.#expiryMs
  }

  step(event: GossipRouterEvent, nowMs: number): readonly GossipRouterEffect[] {
    this.#effects = []
    if (event.type === 'tick') this.#expire(nowMs)
    else if (event.type === 'opened') this.#opened(event.connection, nowMs)
    else {
      const connection = this.#connections.get(event.connection)
      if (connection && event.type === 'bytes') this.#bytes(connection, event.bytes, nowMs)
      else if (connection) this.#ended(connection)
    }
    return this.#effects
  }

  #opened(id: number, nowMs: number): void {
    this.#connections.set(id, { id, splitter: new GossipFrameSplitter(this.#frameMax), heardMs: nowMs })
  }

  #bytes(connection: Connection, bytes: Uint8Array, nowMs: number): void {
    connection.heardMs = nowMs
    const { frames, end } = connection.splitter.push(bytes)
    for (const frame of frames) {
      const message = decodeGossipMessage(frame)
      if (!message) {
        this.#close(connection, 'rubbish')
        return
      }
      if (!this.#message(connection, message, frame)) return
    }
    if (end) this.#close(connection, end === 'violation' ? 'frame' : undefined)
  }

  /** False once the connection was closed. */
  #message(connection: Connection, message: GossipMessage, frame: Uint8Array): boolean {
    const { group, address } = message
    switch (message.type) {
      case 'register':
        return this.#register(connection, message)
      case 'unregister':
        if (group !== undefined && address) this.#registry.remove(group, address)
        return true
      case 'get-mbrs':
        if (group === undefined) this.#tellAllGroups(connection)
        else this.#tellGroup(connection, group)
        return true
      case 'message':
        this.#forward(message, frame)
        return true
      case 'heartbeat':
        this.#send(connection.id, { type: 'heartbeat' })
        return true
      default:
        // What only a router says. Who says it to one is confused, and does no harm.
        return true
    }
  }

  #register(connection: Connection, { group, address, logicalName, physicalAddress }: GossipMessage): boolean {
    if (group === undefined || !address) return this.#close(connection, 'rubbish')
    const registration = { connection: connection.id, group, address, logicalName, physicalAddress }
    return this.#registry.add(registration) || this.#close(connection, 'too-many')
  }

  /** About a group that nobody is in JGroups' router says nothing. */
  #tellGroup(connection: Connection, group: string): void {
    const members = this.#registry.membersOf(group)
    if (members.length === 0) return
    this.#send(connection.id, { type: 'get-mbrs-rsp', group, pingData: members.map(pingDataOf) })
  }

  #tellAllGroups(connection: Connection): void {
    const { groups } = this.#registry
    for (const [at, group] of groups.entries()) {
      const type = at === groups.length - 1 ? 'get-mbrs-rsp-last' : 'get-mbrs-rsp'
      const pingData = this.#registry.membersOf(group).map(pingDataOf)
      this.#send(connection.id, { type, group: `${allGroups}${group}`, pingData })
    }
  }

  /** To one member, or to all of the group but the sender; the bytes go on as they came. */
  #forward({ group, address, sender }: GossipMessage, frame: Uint8Array): void {
    if (group === undefined) return
    const bytes = gossipFrame(frame)
    if (address) {
      const to = this.#registry.find(group, address)
      if (to) this.#effects.push({ type: 'send', connection: to.connection, bytes })
      return
    }
    const origin = sender && this.#registry.find(group, sender)
    for (const member of this.#registry.membersOf(group))
      if (member !== origin) this.#effects.push({ type: 'send', connection: member.connection, bytes })
  }

  #expire(nowMs: number): void {
    if (this.#expiryMs === 0) return
    for (const connection of [...this.#connections.values()])
      if (nowMs - connection.heardMs >= this.#expiryMs) this.#close(connection, 'expired')
  }

  /** @returns false: there is nothing more to do with it */
  #close(connection: Connection, reason: GossipRouterRefusal | undefined): false {
    this.#effects.push({ type: 'close', connection: connection.id, ...(reason && { reason }) })
    this.#ended(connection)
    return false
  }

  #ended({ id }: Connection): void {
    this.#connections.delete(id)
    const gone = this.#registry.removeConnection(id)
    if (this.#suspects) for (const entry of gone) this.#suspect(entry)
  }

  #suspect({ group, address }: Registration): void {
    const connections = new Set(this.#registry.membersOf(group).map((member) => member.connection))
    for (const connection of connections) this.#send(connection, { type: 'suspect', group, address })
  }

  #send(connection: number, message: GossipMessage): void {
    this.#effects.push({ type: 'send', connection, bytes: gossipFrame(encodeGossipMessage(message)) })
  }
}
