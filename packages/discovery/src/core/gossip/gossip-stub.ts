import { type Core, jittered, type Random } from '@ring/platform'
import { GossipFrameSplitter, gossipFrame, gossipGoodbye } from './gossip-frames.ts'
import { decodeGossipMessage, encodeGossipMessage, type GossipMessage } from './gossip-message.ts'
import type { JGroupsAddress, PingData } from './jgroups-types.ts'

/** What a node registers. */
export interface OwnRegistration {
  readonly address: JGroupsAddress
  readonly logicalName: string
  readonly physicalAddress: JGroupsAddress | undefined
}

export type GossipStubEvent =
  | { readonly type: 'start' }
  | { readonly type: 'connected' }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'closed' }
  /** What is registered from now on; a slave registers nothing. */
  | { readonly type: 'register'; readonly own: OwnRegistration }
  | { readonly type: 'ask' }
  | { readonly type: 'tick' }
  | { readonly type: 'stop' }

export type GossipStubEffect =
  | { readonly type: 'connect' }
  | { readonly type: 'write'; readonly bytes: Uint8Array }
  | { readonly type: 'disconnect' }
  /** What the router answered, or `undefined`: it cannot be asked at the moment. */
  | { readonly type: 'members'; readonly members: readonly PingData[] | undefined }
  | { readonly type: 'rubbish' }

export interface GossipStubOptions {
  readonly group: string
  readonly random: Random
  /** First pause before another try to connect, and the longest, in milliseconds. */
  readonly reconnectFirstMs?: number
  readonly reconnectMaxMs?: number
  /** How often it is looked whether the router is still there, and registered anew. */
  readonly refreshMs?: number
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly splitter: GossipFrameSplitter; echoes: boolean; askedMs: number | undefined }
  | { readonly kind: 'waiting'; readonly untilMs: number }

/** The router is the own side's choice; the bound is for rubbish, and lets 10 000 members through. */
const frameMax = 4 * 1024 * 1024

/**
 * A node's side of one gossip router: registers at each connect and now and then, asks for the members of the group, and
 * connects again when the router went away. It takes the answers of all routers since JGroups 4.0.
 */
export class GossipStubCore implements Core<GossipStubEvent, GossipStubEffect> {
  readonly #group: string
  readonly #random: Random
  readonly #first: number
  readonly #max: number
  readonly #refreshMs: number
  #state: State = { kind: 'idle' }
  #pauseMs: number
  #refreshAtMs = Number.POSITIVE_INFINITY
  #own: OwnRegistration | undefined
  #wantsAnswer = false
  #effects: GossipStubEffect[] = []

  constructor({
    group,
    random,
    reconnectFirstMs = 250,
    reconnectMaxMs = 10_000,
    refreshMs = 10_000,
  }: GossipStubOptions) {
    this.#group = group
    this.#random = random
    this.#first = reconnectFirstMs
    this.#max = reconnectMaxMs
    this.#refreshMs = refreshMs
    this.#pauseMs = reconnectFirstMs
  }

  /** When a `tick` is due, in monotonic milliseconds. */
  get nextMs(): number | undefined {
    if (this.#state.kind === 'waiting') return this.#state.untilMs
    return this.#state.kind === 'connected' ? this.#refreshAtMs : undefined
  }

  step(event: GossipStubEvent, nowMs: number): readonly GossipStubEffect[] {
    this.#effects = []
    this.#take(event, nowMs)
    return this.#effects
  }

  #take(event: GossipStubEvent, nowMs: number): void {
    switch (event.type) {
      case 'start':
        return this.#connect()
      case 'connected':
        return this.#connected(nowMs)
      case 'bytes':
        return this.#bytes(event.bytes, nowMs)
      case 'closed':
        return this.#lost(nowMs)
      case 'register':
        return this.#setOwn(event.own)
      case 'ask':
        return this.#ask()
      case 'tick':
        return this.#tick(nowMs)
      case 'stop':
        return this.#stop()
    }
  }

  #connect(): void {
    this.#state = { kind: 'connecting' }
    this.#effects.push({ type: 'connect' })
  }

  #connected(nowMs: number): void {
    if (this.#state.kind !== 'connecting') return
    const splitter = new GossipFrameSplitter(frameMax)
    this.#state = { kind: 'connected', splitter, echoes: false, askedMs: undefined }
    this.#pauseMs = this.#first
    this.#refreshAtMs = nowMs + jittered(this.#random, this.#refreshMs)
    this.#register()
    if (this.#wantsAnswer) this.#write({ type: 'get-mbrs', group: this.#group })
  }

  #setOwn(own: OwnRegistration): void {
    const before = this.#own?.address
    // A new life is another member to the router; the old one is not to stay beside it.
    if (before && JSON.stringify(before) !== JSON.stringify(own.address)) this.#unregister(before)
    this.#own = own
    this.#register()
  }

  #register(): void {
    if (this.#own) this.#write({ type: 'register', group: this.#group, ...this.#own })
  }

  /** While the first connect is under way an answer may come in time; where there is none, nobody has to wait. */
  #ask(): void {
    if (this.#state.kind === 'connected') this.#write({ type: 'get-mbrs', group: this.#group })
    if (this.#state.kind === 'connected' || this.#state.kind === 'connecting') this.#wantsAnswer = true
    else this.#effects.push({ type: 'members', members: undefined })
  }

  #bytes(bytes: Uint8Array, nowMs: number): void {
    if (this.#state.kind !== 'connected') return
    const { frames, end } = this.#state.splitter.push(bytes)
    for (const frame of frames) {
      const message = decodeGossipMessage(frame)
      if (!message) return this.#drop(nowMs)
      this.#message(message)
    }
    if (end === 'violation') this.#drop(nowMs)
    else if (end) this.#lost(nowMs)
  }

  #message({ type, group, pingData = [] }: GossipMessage): void {
    if (type === 'heartbeat' && this.#state.kind === 'connected') {
      this.#state.askedMs = undefined
      this.#state.echoes = true
    }
    // Nothing else concerns discovery: 5 and 6 may be SUSPECT, by the router's version, and membership finds out itself.
    if ((type !== 'get-mbrs-rsp' && type !== 'get-mbrs-rsp-last') || group !== this.#group) return
    this.#wantsAnswer = false
    this.#effects.push({ type: 'members', members: pingData })
  }

  #tick(nowMs: number): void {
    if (this.#state.kind === 'waiting' && nowMs >= this.#state.untilMs) return this.#connect()
    if (this.#state.kind !== 'connected' || nowMs < this.#refreshAtMs) return
    // Old routers do not answer this, so only one that did before is missed.
    if (this.#state.echoes && this.#state.askedMs !== undefined) return this.#lost(nowMs)
    this.#refreshAtMs = nowMs + jittered(this.#random, this.#refreshMs)
    this.#state.askedMs = nowMs
    this.#register()
    this.#write({ type: 'heartbeat' })
  }

  #drop(nowMs: number): void {
    this.#effects.push({ type: 'rubbish' })
    this.#lost(nowMs)
  }

  #lost(nowMs: number): void {
    if (this.#state.kind !== 'connected' && this.#state.kind !== 'connecting') return
    this.#effects.push({ type: 'disconnect' })
    this.#state = { kind: 'waiting', untilMs: nowMs + jittered(this.#random, this.#pauseMs, 0.3) }
    this.#pauseMs = Math.min(this.#max, this.#pauseMs * 2)
    if (this.#wantsAnswer) this.#effects.push({ type: 'members', members: undefined })
    this.#wantsAnswer = false
  }

  #stop(): void {
    if (this.#state.kind === 'connected') {
      if (this.#own) this.#unregister(this.#own.address)
      this.#effects.push({ type: 'write', bytes: gossipGoodbye })
    }
    if (this.#state.kind !== 'idle') this.#effects.push({ type: 'disconnect' })
    this.#state = { kind: 'idle' }
  }

  #unregister(address: JGroupsAddress): void {
    this.#write({ type: 'unregister', group: this.#group, address })
  }

  #write(message: GossipMessage): void {
    if (this.#state.kind === 'connected')
      this.#effects.push({ type: 'write', bytes: gossipFrame(encodeGossipMessage(message)) })
  }
}
