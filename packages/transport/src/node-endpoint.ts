import type { Socket } from 'node:net'
import {
  type Address,
  type DialOutcome,
  type Incarnation,
  type Logger,
  type Network,
  type NetworkHandler,
  type NodeName,
  type NodeRole,
  type Peer,
  silent,
} from '@ring/platform'
import { ControlLinks } from './control-links.ts'
import type { DialFailure } from './core/dial-turns.ts'
import {
  type Admission,
  DialerHandshake,
  type HandshakeOptions,
  ListenerHandshake,
  type Refusal,
} from './core/handshake.ts'
import type { LinkKind } from './core/handshake-frames.ts'
import { type DialTarget, DialTargets } from './dialling/dial-targets.ts'
import { type Dialled, dialNode, type Objection, outcomeOf } from './dialling/dialer.ts'
import { type HandshakeEnd, handshakeOn, handshakeTimeoutMs, type OpenedLink } from './link/handshaking.ts'
import { type NodeIdentity, nodeIdentityCodec } from './link/identity-codec.ts'
import type { SocketLink } from './link/socket-link.ts'
import { NodeListener } from './listening/node-listener.ts'
import { nodeCrypto } from './machine/node-crypto.ts'
import { RefusalLog } from './refusals/refusal-log.ts'
import { RejectionLog } from './refusals/rejection-log.ts'
import { TlsContexts } from './tls/tls-contexts.ts'
import type { TlsSettings } from './tls/tls-settings.ts'

/** Messages that wait for a link that is being dialled; older ones go first when there are more. */
const waitingMessagesMax = 256
/** A probe that ends without an answer, and so soon, is made again after a moment; both in milliseconds. */
const cutOffWithinMs = 100
const probeAgainMs = 20
const probeTries = 4
const defaultDetectMs = 3_000

export interface NodeEndpointOptions {
  readonly group: string
  /** The node's name, or how it follows from the port that it got. */
  readonly name: NodeName | ((port: number) => NodeName)
  readonly role: NodeRole
  readonly incarnation: Incarnation
  /** Where a server listens, on all hosts with the same port (0: one that is free); a slave only dials. */
  readonly listen?: { readonly hosts: readonly string[]; readonly port: number }
  /** What the configuration knows of the servers' addresses beyond the one that the record names. */
  readonly targets?: readonly DialTarget[]
  /** Group keys; the first signs, all are accepted. */
  readonly keys?: readonly Uint8Array[]
  readonly tls?: TlsSettings
  /** Whether a machine may connect at all; it may have to be looked up. Everybody by default. */
  readonly allows?: (remoteAddress: string) => boolean | Promise<boolean>
  /** Why a peer that proved itself may still not come in from there; undefined lets it in. */
  readonly refusalOf?: (peer: Peer, kind: LinkKind, remoteAddress: string) => Refusal | undefined
  /** Another process answers at that address under this node's own name, and leads this life. */
  readonly onNameTaken?: (remote: string, incarnation: Incarnation) => void
  /** Takes an accepted data link; it must hand it over at once. */
  readonly onDataLink?: (peer: NodeIdentity, link: SocketLink) => void
  /** Whether the owner of the data links knows PING, and says so to the other end. */
  readonly pings?: boolean
  /** Whether it knows services and addresses, likewise. */
  readonly services?: boolean
  /** Whether it knows credit for large bodies, likewise. */
  readonly credit?: boolean
  /** The detection time in milliseconds: a control link of a slave counts as silent within two of it. Default 3 000. */
  readonly detectMs?: number
  /** Whether the listener and the links keep the process alive, as a daemon's must. Default true. */
  readonly keepAlive?: boolean
  readonly logger?: Logger
}

/** What a node's dial for a data link came to. */
export type DataDialled =
  | { readonly ok: true; readonly peer: NodeIdentity; readonly link: SocketLink }
  | { readonly ok: false; readonly failure: DialFailure }

/**
 * A node on the real network: its listener, its control links (the platform's {@link Network}), and the way to data
 * links. Every link opens with the handshake of docs/protocol.md.
 */
export class NodeEndpoint implements Network {
  readonly #options: NodeEndpointOptions
  #handshake: HandshakeOptions<NodeIdentity>
  readonly #logger: Logger
  readonly #links: ControlLinks
  readonly #listener: NodeListener | undefined
  readonly #refusals: RefusalLog
  readonly #rejections: RejectionLog
  readonly #addresses = new Map<NodeName, Address>()
  readonly #waiting = new Map<NodeName, Uint8Array[]>()
  readonly #dials = new Set<{ abort(): void }>()
  #tls: TlsContexts | undefined
  #targets: DialTargets
  #incarnation: Incarnation
  #port = 0
  #stopped = false

  /** @throws Error of the TLS library, when a certificate or key cannot be used */
  constructor(options: NodeEndpointOptions, handler: NetworkHandler) {
    this.#options = options
    this.#incarnation = options.incarnation
    this.#logger = options.logger ?? silent
    this.#handshake = { crypto: nodeCrypto, keys: options.keys ?? [], codec: nodeIdentityCodec }
    this.#links = new ControlLinks(() => this.identity, handler, {
      detectMs: options.detectMs ?? defaultDetectMs,
      logger: this.#logger,
    })
    this.#refusals = new RefusalLog(this.#logger, () => performance.now())
    this.#rejections = new RejectionLog(this.#logger, () => performance.now())
    const { listen, tls, targets = [], allows = () => true, keepAlive = true } = options
    this.#tls = tls && new TlsContexts(tls)
    this.#targets = new DialTargets(targets, tls !== undefined)
    this.#listener =
      listen &&
      new NodeListener({
        ...listen,
        tls: this.#tls,
        keepAlive,
        allows,
        onConnection: (socket, finished) => this.#accept(socket, finished),
        onTurnedAway: (remote, why) => this.#refusals.add(remote, why),
      })
  }

  get identity(): NodeIdentity {
    const { group, role } = this.#options
    return { group, name: this.#name, role, incarnation: this.#incarnation }
  }

  #identityOn(kind: LinkKind): NodeIdentity {
    if (kind !== 'data') return this.identity
    const { pings, services, credit } = this.#options
    return {
      ...this.identity,
      ...(pings === true && { pings }),
      ...(services === true && { services }),
      ...(credit === true && { credit }),
    }
  }

  /** The port that it listens on; 0 before `start`, and for a slave. */
  get port(): number {
    return this.#port
  }

  get #name(): NodeName {
    const { name } = this.#options
    return typeof name === 'function' ? name(this.#port) : name
  }

  /** @throws RingError `RING_PORT_BUSY`, `RING_LISTEN_FAILED` */
  async start(): Promise<void> {
    this.#port = (await this.#listener?.start()) ?? 0
  }

  /** Says goodbye, ends the control links, and closes the listener last (rule M2). Data links are their owner's. */
  stop(): void {
    this.#stopped = true
    for (const dial of this.#dials) dial.abort()
    this.#links.close(true)
    this.#listener?.stop()
  }

  /** A new life: every link of the old one ends, without a goodbye to those who count it out already. */
  beginLife(incarnation: Incarnation): void {
    this.#incarnation = incarnation
    this.#links.close(false)
    this.#waiting.clear()
  }

  /** From now on these keys are valid; links that are open stay. */
  setKeys(keys: readonly Uint8Array[]): void {
    this.#handshake = { ...this.#handshake, keys }
  }

  /**
   * New certificates, for links that open from now on; links that are open stay. Whether TLS is spoken, and whether peers
   * are asked for a certificate, stays as it was.
   *
   * @throws Error of the TLS library, when a certificate or key cannot be used; the old ones then stay
   */
  setTls(tls: TlsSettings): void {
    const contexts = new TlsContexts(tls)
    this.#listener?.setTls(contexts)
    this.#tls = contexts
  }

  /** What the configuration knows of the servers' addresses from now on. */
  setTargets(targets: readonly DialTarget[]): void {
    this.#targets = new DialTargets(targets, this.#tls !== undefined)
  }

  /** Connections that did not become links, by reason. */
  get refused(): Readonly<Record<string, number>> {
    return this.#refusals.counts
  }

  /** Dials that were answered by somebody who did not let this node in, or was somebody else, by reason. */
  get rejected(): Readonly<Record<string, number>> {
    return this.#rejections.counts
  }

  learn(name: NodeName, address: Address): void {
    this.#addresses.set(name, address)
  }

  isLinked(name: NodeName): boolean {
    return this.#links.has(name)
  }

  send(to: NodeName, message: Uint8Array): void {
    if (this.#stopped || this.#links.send(to, message)) return
    const address = this.#addresses.get(to)
    if (address === undefined) return
    const waiting = this.#waiting.get(to)
    if (waiting) {
      waiting.push(message)
      if (waiting.length > waitingMessagesMax) waiting.shift()
      return
    }
    const messages = [message]
    this.#waiting.set(to, messages)
    this.#dial({ address, name: to }, 'control', handshakeTimeoutMs, (result) => {
      // A dial of an earlier life ends late: what waits then waits for the dial of this one.
      if (this.#waiting.get(to) === messages) this.#waiting.delete(to)
      if (!result.ok) {
        this.#logger.debug({ event: 'link.failed', peer: to, outcome: result.failure }, 'no control link')
        return
      }
      this.#links.add(result.opened.link, result.opened.peer, true)
      for (const one of messages) this.#links.send(result.opened.peer.name, one)
    })
  }

  probe(address: Address, timeoutMs: number, done: (outcome: DialOutcome) => void): void {
    this.#probe(address, performance.now() + timeoutMs, probeTries, done)
  }

  /**
   * A process that ends closes its sockets one by one: a dial that meets it in between is cut off without an answer, and only
   * the next one is refused.
   */
  #probe(address: Address, untilMs: number, triesLeft: number, done: (outcome: DialOutcome) => void): void {
    const begunMs = performance.now()
    this.#dial({ address }, 'probe', untilMs - begunMs, (result) => {
      if (result.ok) {
        result.opened.link.handOver(ignored, { maxFrameBytes: 0, oneByOne: true })
        result.opened.link.close()
      }
      const outcome = outcomeOf(result)
      const nowMs = performance.now()
      const wasCutOff = outcome.kind === 'unreachable' && nowMs - begunMs < cutOffWithinMs
      if (!wasCutOff || triesLeft === 1 || nowMs + probeAgainMs >= untilMs) return done(outcome)
      setTimeout(() => {
        if (this.#stopped) done(outcome)
        else this.#probe(address, untilMs, triesLeft - 1, done)
      }, probeAgainMs).unref()
    })
  }

  disconnect(name: NodeName): void {
    this.#links.disconnect(name)
  }

  /** Opens a data link to a server. The receiver must hand it over before it returns. */
  dialData(address: Address, name: NodeName, done: (result: DataDialled) => void): void {
    this.#dial({ address, name }, 'data', handshakeTimeoutMs, (result) => {
      if (!result.ok) {
        done(result)
        return
      }
      const { link, peer } = result.opened
      done({ ok: true, peer, link })
    })
  }

  #dial(
    to: { readonly address: Address; readonly name?: NodeName },
    kind: LinkKind,
    timeoutMs: number,
    done: (result: Dialled<NodeIdentity>) => void,
  ): void {
    const { addresses, tls, hosts } = this.#targets.waysTo(to.address, to.name)
    const life = this.#incarnation
    const newSide = () => new DialerHandshake(this.#handshake, this.#identityOn(kind), kind)
    const objection = (peer: NodeIdentity): Objection | undefined => {
      if (this.#stopped || life !== this.#incarnation) return { text: 'this node began a new life' }
      if (peer.group !== this.#options.group) return { code: 'group', text: `group ${peer.group} answers there` }
      if (to.name === undefined || peer.name === to.name) return undefined
      return { code: 'name', text: `${peer.name} answers there` }
    }
    const { keepAlive = true } = this.#options
    const options = {
      ...{ tls: tls ? this.#tls?.dialerOf(hosts) : undefined, timeoutMs, newSide, objection, keepAlive },
      onRejected: (remote: string, reason: string, known?: number) => this.#rejected(remote, reason, known),
      onReached: (remote: string) => this.#rejections.reached(remote),
    }
    const attempt = dialNode(addresses, options, (result) => {
      this.#dials.delete(attempt)
      done(result)
    })
    this.#dials.add(attempt)
  }

  /** Names and routers may well lead a node to itself; another process of its name is another matter. */
  #rejected(remote: string, reason: string, known: number | undefined): void {
    if (reason === 'self' && (known === undefined || known === this.#incarnation)) return
    this.#rejections.add(remote, reason)
    if (reason === 'self' && known !== undefined) this.#options.onNameTaken?.(remote, known as Incarnation)
  }

  #accept(socket: Socket, finished: () => void): { abort(): void } {
    const { remoteAddress = '' } = socket
    const side = new ListenerHandshake(this.#handshake, (peer, kind) => this.#admit(peer, kind, remoteAddress))
    return handshakeOn(socket, side, (end) => {
      finished()
      if (!end.ok) {
        this.#noteRefusal(remoteAddress, end.failure)
        return
      }
      this.#opened(end.opened)
    })
  }

  /** A connection that just ends is a port scan or a broken network, and lives that end are normal; the rest is not. */
  #noteRefusal(remoteAddress: string, failure: Extract<HandshakeEnd<NodeIdentity>, { ok: false }>['failure']): void {
    const reason = failure.code === 'refused' ? failure.refusal.code : failure.code
    if (this.#stopped || ['link-lost', 'closing', 'older-life'].includes(reason)) return
    this.#refusals.add(remoteAddress, reason)
  }

  #admit(peer: NodeIdentity, kind: LinkKind, remoteAddress: string): Admission<NodeIdentity> {
    const refuse = (code: Refusal['code'], text: string, known?: number): Admission<NodeIdentity> => ({
      admit: false,
      refusal: { code, text, ...(known !== undefined && { known }) },
    })
    if (peer.group !== this.#options.group) return refuse('group', `this is group ${this.#options.group}`)
    if (peer.name === this.#name) return refuse('self', `${peer.name} is this node's own name`, this.#incarnation)
    if (this.#stopped) return refuse('closing', 'this node is stopping')
    if (kind === 'program') return refuse('not-allowed', 'programs attach over the UNIX socket')
    const refusal = this.#options.refusalOf?.(peer, kind, remoteAddress)
    return refusal ? { admit: false, refusal } : { admit: true, self: this.#identityOn(kind) }
  }

  #opened({ link, peer, kind }: OpenedLink<NodeIdentity>): void {
    if (kind === 'control') this.#links.add(link, peer, false)
    else if (kind === 'data' && this.#options.onDataLink) {
      this.#options.onDataLink(peer, link)
    } else {
      link.handOver(ignored, { maxFrameBytes: 0, oneByOne: true })
      // The prober closes, if it still can; a data link that nobody wants ends here.
      if (kind === 'probe') setTimeout(() => link.close(), handshakeTimeoutMs).unref()
      else link.close()
    }
  }
}

/** For links that carry nothing more. */
const ignored = {
  onFrames: () => undefined,
  onDrain: () => undefined,
  onClosed: () => undefined,
}
