import { connect, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Address, DialOutcome, Peer } from '@ring/platform'
import type { HandshakeSide } from './core/handshake.ts'
import { type HandshakeEnd, handshakeOn, type OpenedLink } from './handshaking.ts'
import { parseAddress } from './host-port.ts'
import { dialerTls, type TlsSettings } from './tls-settings.ts'

/** How a dial that did not lead to an open link ended. */
export type DialFailure = Exclude<DialOutcome, { kind: 'connected' }>

export type Dialled<Identity> =
  | { readonly ok: true; readonly opened: OpenedLink<Identity> }
  | { readonly ok: false; readonly failure: DialFailure }

/** Connects to an address and carries out the handshake, within a time. `done` is called exactly once. */
export function dialAddress<Identity>(
  to: Address,
  options: { readonly tls?: TlsSettings | undefined; readonly timeoutMs: number },
  side: HandshakeSide<Identity>,
  done: (result: Dialled<Identity>) => void,
): { abort(): void } {
  const attempt = new DialAttempt(to, options, side, done)
  return { abort: () => attempt.abort() }
}

class DialAttempt<Identity> {
  readonly #done: (result: Dialled<Identity>) => void
  readonly #timer: NodeJS.Timeout
  readonly #socket: Socket
  #handshake: { abort(): void } | undefined
  #ended = false

  constructor(
    to: Address,
    options: { readonly tls?: TlsSettings | undefined; readonly timeoutMs: number },
    side: HandshakeSide<Identity>,
    done: (result: Dialled<Identity>) => void,
  ) {
    this.#done = done
    const { tls } = options
    this.#socket = connectTo(to, tls)
    this.#timer = setTimeout(() => this.abort(), options.timeoutMs)
    const failed = (error: NodeJS.ErrnoException) => this.#connectFailed(error)
    this.#socket.once('error', failed)
    this.#socket.once(tls ? 'secureConnect' : 'connect', () => {
      this.#socket.off('error', failed)
      this.#handshake = handshakeOn(this.#socket, side, (end) => this.#handshaken(end))
    })
  }

  abort(): void {
    if (this.#ended) return
    this.#end({ ok: false, failure: { kind: 'unreachable' } })
    if (this.#handshake) this.#handshake.abort()
    else {
      this.#socket.on('error', ignore)
      this.#socket.destroy()
    }
  }

  #connectFailed(error: NodeJS.ErrnoException): void {
    if (error.code === 'ECONNREFUSED') this.#end({ ok: false, failure: { kind: 'refused' } })
    else if (isCertificateError(error)) this.#end({ ok: false, failure: { kind: 'rejected', reason: error.message } })
    else this.#end({ ok: false, failure: { kind: 'unreachable' } })
  }

  #handshaken(end: HandshakeEnd<Identity>): void {
    if (end.ok && this.#ended) {
      end.opened.link.destroy()
      return
    }
    if (end.ok) this.#end({ ok: true, opened: end.opened })
    else this.#end({ ok: false, failure: failureOf(end.failure) })
  }

  #end(result: Dialled<Identity>): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    this.#done(result)
  }
}

/** An address may come from a peer: what cannot be dialled fails like what does not answer. */
function connectTo(to: Address, tls: TlsSettings | undefined): Socket {
  try {
    const { host, port } = parseAddress(to)
    return tls ? connectTls({ host, port, ...dialerTls(tls) }) : connect({ host, port, noDelay: true })
  } catch (error) {
    return new Socket().destroy(error as Error)
  }
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

/** The platform's view of a dial. */
export function outcomeOf(result: Dialled<Peer>): DialOutcome {
  return result.ok ? { kind: 'connected', peer: result.opened.peer } : result.failure
}
