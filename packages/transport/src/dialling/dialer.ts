import { isIP, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Address, DialOutcome, Peer } from '@ring/platform'
import type { DialFailure } from '../core/dial-turns.ts'
import type { HandshakeSide } from '../core/handshake.ts'
import { connectPlain } from '../link/arrivals.ts'
import { type HandshakeEnd, handshakeOn, type OpenedLink } from '../link/handshaking.ts'
import { keptAlive } from '../link/kept-alive.ts'
import type { DialerTls } from '../tls/tls-contexts.ts'
import { type Raced, race } from './dial-race.ts'
import { type GateTicket, HandshakeGate } from './handshake-gate.ts'
import { formatAddress, parseAddress } from './host-port.ts'
import { findAddresses } from './name-lookup.ts'

export type Dialled<Identity> =
  | { readonly ok: true; readonly opened: OpenedLink<Identity> }
  | { readonly ok: false; readonly failure: DialFailure }

/** Why who answers is not who was wanted; without a code it is no news. */
export interface Objection {
  readonly code?: 'group' | 'name'
  readonly text: string
}

export interface DialOptions<Identity> {
  /** The listener speaks TLS. */
  readonly tls?: DialerTls | undefined
  /** For all addresses together. */
  readonly timeoutMs: number
  /** A fresh side for each connection: its nonce is used once. */
  readonly newSide: () => HandshakeSide<Identity>
  /** Why who answered is not who was wanted; the next address is tried then. Everybody is wanted by default. */
  readonly objection?: (peer: Identity) => Objection | undefined
  /** Somebody answered at that address, and did not let this node in, or was let go; the reason is one of a few words, `known`
   * the life that its refusal names.
   */
  readonly onRejected?: (remote: string, reason: string, known?: number) => void
  /** Somebody answered at that address, and it was who was wanted. */
  readonly onReached?: (remote: string) => void
  /** Whether an open connection keeps the process alive. Default true. */
  readonly keepAlive?: boolean
}

/**
 * Connects to a node that has several addresses, and carries out the handshake, within a time. Names are looked up anew,
 * and all their addresses tried, both families. `done` is called exactly once.
 */
export function dialNode<Identity>(
  addresses: readonly Address[],
  options: DialOptions<Identity>,
  done: (result: Dialled<Identity>) => void,
): { abort(): void } {
  const gate = new HandshakeGate(options.timeoutMs / 3)
  let ended = false
  const end = (result: Dialled<Identity>) => {
    if (ended) return
    ended = true
    clearTimeout(timer)
    gate.close()
    running.abort()
    done(result)
  }
  const running = race<Address, OpenedLink<Identity>>(
    addresses,
    (address, over) => dialHost(address, { ...options, gate }, over),
    (result) => end(result.ok ? { ok: true, opened: result.won } : result),
  )
  const abort = () => end({ ok: false, failure: { kind: 'unreachable' } })
  const timer = setTimeout(abort, options.timeoutMs).unref()
  return { abort }
}

interface AttemptOptions<Identity> extends DialOptions<Identity> {
  readonly gate: HandshakeGate
}

/** Everything that the address's host resolves to. */
function dialHost<Identity>(
  address: Address,
  options: AttemptOptions<Identity>,
  done: (result: Raced<OpenedLink<Identity>>) => void,
): { abort(): void } {
  const to = endOf(address)
  const dialAll = (found: readonly string[]) =>
    race<Way, OpenedLink<Identity>>(
      to === undefined ? [] : found.map((ip) => ({ ...to, ip })),
      (way, over) => new DialAttempt(way, options, over),
      done,
    )
  if (to === undefined) return dialAll([])
  let aborted = false
  let running: { abort(): void } | undefined
  findAddresses(to.host, (found) => {
    if (!aborted) running = dialAll(found)
  })
  return {
    abort: () => {
      aborted = true
      running?.abort()
    },
  }
}

/** An address may come from a peer: what is none fails like what does not answer. */
function endOf(address: Address): { host: string; port: number } | undefined {
  try {
    return parseAddress(address)
  } catch {
    return undefined
  }
}

interface Way {
  readonly host: string
  readonly port: number
  readonly ip: string
}

/** One connection and its handshake. */
class DialAttempt<Identity> implements GateTicket {
  readonly #done: (result: Raced<OpenedLink<Identity>>) => void
  readonly #options: AttemptOptions<Identity>
  readonly #socket: Socket
  readonly #remote: string
  #handshake: { abort(): void } | undefined
  readonly #onError = (error: NodeJS.ErrnoException) => {
    if (!this.#ended && isCertificateError(error)) this.#options.onRejected?.(this.#remote, 'tls')
    this.#fail(connectFailure(error))
  }
  readonly #onClose = () => this.#fail({ kind: 'unreachable' })
  #ended = false

  constructor(to: Way, options: AttemptOptions<Identity>, done: (result: Raced<OpenedLink<Identity>>) => void) {
    this.#done = done
    this.#options = options
    this.#remote = formatAddress(to.ip, to.port)
    this.#socket = connectTo(to, options.tls)
    if (options.keepAlive === false) this.#socket.unref()
    this.#socket.on('error', this.#onError)
    this.#socket.on('close', this.#onClose)
    this.#socket.once(options.tls ? 'secureConnect' : 'connect', () => options.gate.enter(this))
  }

  /** Connected, and its turn to say who this is. */
  start(): void {
    this.#handshake = handshakeOn(this.#socket, this.#options.newSide(), (end) => this.#handshaken(end))
    this.#socket.off('error', this.#onError)
    this.#socket.off('close', this.#onClose)
  }

  giveUp(): void {
    this.#handshake?.abort()
  }

  abort(): void {
    if (this.#ended) return
    this.#ended = true
    this.#close()
  }

  #close(): void {
    if (this.#handshake) this.#handshake.abort()
    else this.#socket.destroy()
    this.#options.gate.leave(this)
  }

  #handshaken(end: HandshakeEnd<Identity>): void {
    if (!end.ok) {
      const { failure } = end
      const reason = failure.code === 'refused' ? failure.refusal.code : failure.code
      const known = failure.code === 'refused' ? failure.refusal.known : undefined
      if (!this.#ended) this.#options.onRejected?.(this.#remote, reason, known)
      this.#fail(failureOf(failure))
      return
    }
    const objection = this.#ended ? { text: 'too late' } : this.#options.objection?.(end.opened.peer)
    if (objection !== undefined) {
      end.opened.link.handOver(ignored, { maxFrameBytes: 0, oneByOne: true })
      end.opened.link.destroy()
      if (objection.code) this.#options.onRejected?.(this.#remote, objection.code)
      this.#fail({ kind: 'rejected', reason: objection.text })
      return
    }
    this.#options.onReached?.(this.#remote)
    this.#ended = true
    // The others are given up first, so that none of them gets its turn.
    this.#done({ ok: true, won: end.opened })
    this.#options.gate.leave(this)
  }

  #fail(failure: DialFailure): void {
    if (this.#ended) return
    this.#ended = true
    this.#options.gate.leave(this)
    this.#done({ ok: false, failure })
  }
}

function connectTo({ host, port, ip }: Way, tls: DialerTls | undefined): Socket {
  try {
    if (!tls) return connectPlain({ host: ip, port, noDelay: true, ...keptAlive })
    // The name that was looked up is what the certificate is for; an address is not sent as a name (RFC 6066).
    return connectTls({ ...tls, ...keptAlive, host: ip, port, ...(!isIP(host) && { servername: host }) })
  } catch (error) {
    return new Socket().destroy(error as Error)
  }
}

function connectFailure(error: NodeJS.ErrnoException): DialFailure {
  if (error.code === 'ECONNREFUSED') return { kind: 'refused' }
  return isCertificateError(error) ? { kind: 'rejected', reason: error.message } : { kind: 'unreachable' }
}

function failureOf(failure: Extract<HandshakeEnd<unknown>, { ok: false }>['failure']): DialFailure {
  switch (failure.code) {
    case 'link-lost':
    case 'timeout':
      return { kind: 'unreachable' }
    case 'refused':
      return { kind: 'rejected', reason: `${failure.refusal.code}: ${failure.refusal.text}` }
    case 'turned-away':
      return { kind: 'rejected', reason: 'the other side refused without a reason: check GROUP and the group key' }
    default:
      return { kind: 'rejected', reason: failure.code }
  }
}

function isCertificateError(error: NodeJS.ErrnoException): boolean {
  return error.code !== undefined && /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(error.code)
}

function ignore(): void {
  // The attempt has ended already; what the socket still says does not matter.
}

const ignored = { onFrames: ignore, onDrain: ignore, onClosed: ignore }

/** The platform's view of a dial. */
export function outcomeOf(result: Dialled<Peer>): DialOutcome {
  return result.ok ? { kind: 'connected', peer: result.opened.peer } : result.failure
}
