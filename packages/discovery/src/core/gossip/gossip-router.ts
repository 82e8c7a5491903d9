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
  /**
   * Bytes that one step may queue for a connection, with a share for each frame; the connection is closed beyond it. 4 MiB
   * when not given.
   */
  readonly unreadMax?: number
  /** A connection that is silent for so long is closed, and its entries go; never (0) when not given, as in JGroups. */
  readonly expiryMs?: number
  /** Whether the rest of a group is told of members whose connection ended (true, as in JGroups). */
  readonly suspects?: boolean
}

export const gossipUnreadMax: number = 4 * 1024 * 1024

/** Connections are named by numbers that the shell gives and never uses again. */
export type GossipRouterEvent =
  | { readonly type: 'opened'; readonly connection: number }
  | { readonly type: 'bytes'; readonly connection: number; readonly bytes: Uint8Array }
  | { readonly type: 'closed'; readonly connection: number }
  | { readonly type: 'tick' }

/** Why a router ends a connection. */
export type GossipRouterRefusal = 'frame' | 'rubbish' | 'too-many' | 'expired' | 'does-not-read'

export type GossipRouterEffect =
  | { readonly type: 'send'; readonly connection: number; readonly bytes: Uint8Array }
  | { readonly type: 'close'; readonly connection: number; readonly reason?: GossipRouterRefusal }

interface Connection {
  readonly id: number
  readonly splitter: GossipFrameSplitter
  heardMs: number
  /** What the step under way queued for it, in bytes. */
  queued: number
}

/** Prefix of the names in an answer about all groups. */
const allGroups = '<<all-groups>>:'
/** As long as a node's name and host name get; an answer repeats it for each member and each asker. */
const logicalNameMax = 600
/** What a frame that waits costs beside its bytes: many short ones fill the memory as well. */
const perFrame = 128

/**
 * JGroups 5's GossipRouter: who is registered in a group, and messages between those that cannot reach each other. It
 * speaks to clients since 4.0: an answer is of type GET_MBRS_RSP, which all of them know; only the last of an answer about
 * all groups, which clients before 5.4.4 do not ask for, is GET_MBRS_RSP_LAST.
 */
export class GossipRouterCore implements Core<GossipRouterEvent, GossipRouterEffect> {
  readonly #frameMax: number
  readonly #expiryMs: number
  readonly #unreadMax: number
  readonly #suspects: boolean
  readonly #registry: GossipRegistry
  readonly #connections = new Map<number, Connection>()
  /** Answers that are still true, by type and group: all that ask share the bytes. */
  readonly #answers = new Map<string, Uint8Array>()
  #answersOf = 0
  /** Of the step under way: the groups that its connection was told of, and whose bound is reached. */
  readonly #told = new Set<string | undefined>()
  readonly #full = new Set<Connection>()
  readonly #queuedFor = new Set<Connection>()
  #effects: GossipRouterEffect[] = []

  constructor(options: GossipRouterCoreOptions = {}) {
    const { frameMax = 128 * 1024, registrationsPerConnection = 64, registrationsMax = 10_000 } = options
    this.#frameMax = frameMax
    this.#unreadMax = options.unreadMax ?? gossipUnreadMax
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
    this.#begin()
    if (event.type === 'tick') this.#expire(nowMs)
    else if (event.type === 'opened') this.#opened(event.connection, nowMs)
    else {
      const connection = this.#connections.get(event.connection)
      if (connection && event.type === 'bytes') this.#bytes(connection, event.bytes, nowMs)
      else if (connection) this.#ended(connection)
    }
    // Whoever hears of one that ends may be the next: a set is walked to what is its end by then.
    for (const full of this.#full) if (this.#isOpen(full)) this.#close(full, 'does-not-read')
    return this.#effects
  }

  #begin(): void {
    this.#effects = []
    for (const connection of this.#queuedFor) connection.queued = 0
    this.#queuedFor.clear()
    this.#full.clear()
    this.#told.clear()
  }

  #isOpen({ id }: Connection): boolean {
    return this.#connections.has(id)
  }

  #opened(id: number, nowMs: number): void {
    this.#connections.set(id, { id, splitter: new GossipFrameSplitter(this.#frameMax), heardMs: nowMs, queued: 0 })
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
      if (!this.#message(connection, message, frame) || this.#full.has(connection)) return
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
        this.#tell(connection, group)
        return true
      case 'message':
        this.#forward(message, frame)
        return true
      case 'heartbeat':
        this.#send(connection, { type: 'heartbeat' })
        return true
      default:
        // What only a router says. Who says it to one is confused, and does no harm.
        return true
    }
  }

  #register(connection: Connection, { group, address, logicalName, physicalAddress }: GossipMessage): boolean {
    if (group === undefined || !address) return this.#close(connection, 'rubbish')
    if (logicalName !== undefined && Buffer.byteLength(logicalName) > logicalNameMax)
      return this.#close(connection, 'rubbish')
    const registration = { connection: connection.id, group, address, logicalName, physicalAddress }
    return this.#registry.add(registration) || this.#close(connection, 'too-many')
  }

  /** Once a step: who asks again in one breath has the answer already. */
  #tell(connection: Connection, group: string | undefined): void {
    if (this.#told.has(group)) return
    if (group === undefined) this.#tellAllGroups(connection)
    else this.#tellGroup(connection, group)
  }

  /** About a group that nobody is in JGroups' router says nothing. */
  #tellGroup(connection: Connection, group: string): void {
    if (!this.#registry.has(group)) return
    this.#told.add(group)
    this.#queue(connection, this.#answer('get-mbrs-rsp', group))
  }

  #tellAllGroups(connection: Connection): void {
    const { groups } = this.#registry
    if (groups.length > 0) this.#told.add(undefined)
    for (const [at, group] of groups.entries()) {
      const type = at === groups.length - 1 ? 'get-mbrs-rsp-last' : 'get-mbrs-rsp'
      this.#queue(connection, this.#answer(type, group, allGroups))
      if (this.#full.has(connection)) return
    }
  }

  /** Built once for as long as nobody comes or goes. */
  #answer(type: 'get-mbrs-rsp' | 'get-mbrs-rsp-last', group: string, prefix = ''): Uint8Array {
    if (this.#answersOf !== this.#registry.revision) this.#answers.clear()
    this.#answersOf = this.#registry.revision
    const key = `${type} ${prefix}${group}`
    const known = this.#answers.get(key)
    if (known) return known
    const pingData = this.#registry.membersOf(group).map(pingDataOf)
    const answer = gossipFrame(encodeGossipMessage({ type, group: `${prefix}${group}`, pingData }))
    this.#answers.set(key, answer)
    return answer
  }

  /** To one member, or to all of the group but the sender; the bytes go on as they came. */
  #forward({ group, address, sender }: GossipMessage, frame: Uint8Array): void {
    if (group === undefined) return
    const bytes = gossipFrame(frame)
    if (address) {
      const to = this.#registry.find(group, address)
      if (to) this.#queueFor(to.connection, bytes)
      return
    }
    const origin = sender && this.#registry.find(group, sender)
    for (const member of this.#registry.membersOf(group))
      if (member !== origin) this.#queueFor(member.connection, bytes)
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
    const bytes = gossipFrame(encodeGossipMessage({ type: 'suspect', group, address }))
    for (const connection of connections) this.#queueFor(connection, bytes)
  }

  #send(connection: Connection, message: GossipMessage): void {
    this.#queue(connection, gossipFrame(encodeGossipMessage(message)))
  }

  #queueFor(id: number, bytes: Uint8Array): void {
    const connection = this.#connections.get(id)
    if (connection) this.#queue(connection, bytes)
  }

  /** Once the bound is passed nothing more is queued, and the connection ends with the step. */
  #queue(connection: Connection, bytes: Uint8Array): void {
    if (connection.queued > this.#unreadMax) {
      this.#full.add(connection)
      return
    }
    connection.queued += bytes.length + perFrame
    this.#queuedFor.add(connection)
    this.#effects.push({ type: 'send', connection: connection.id, bytes })
  }
}
