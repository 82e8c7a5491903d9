import {
  chooseVersion,
  decodeChallenge,
  decodeHello,
  encodeChallenge,
  encodeHello,
  encodeIdentity,
  encodeResult,
  type LinkKind,
  nonceBytes,
  resultRefused,
  resultWelcome,
  splitIdentity,
  splitResult,
  versions,
} from './handshake-frames.ts'
import { dialerProof, type HandshakeCrypto, keyThatProves, listenerProof } from './proof.ts'

/** Why a handshake failed. A stranger is told nothing; who has proved itself is told the refusal. */
export type HandshakeFailure =
  | { readonly code: 'not-ring' }
  | { readonly code: 'version' }
  | { readonly code: 'proof' }
  | { readonly code: 'bad-identity' }
  | { readonly code: 'refused'; readonly refusal: Refusal }
  | { readonly code: 'turned-away' }

/** What a listener tells a dialer that proved itself but may not come in. */
export interface Refusal {
  readonly code: 'group' | 'self' | 'older-life' | 'not-allowed' | 'full' | 'closing'
  readonly text: string
  /** The later incarnation that is known of the dialer's name. */
  readonly known?: number
}

/** What one frame led to: bytes to send, and the end when it is reached. */
export interface HandshakeStep<Peer> {
  readonly send?: Uint8Array
  readonly done?:
    | { readonly ok: true; readonly peer: Peer; readonly version: number; readonly kind: LinkKind }
    | HandshakeFailed
}

/** One side of a handshake, as the link that carries it sees it. */
export interface HandshakeSide<Peer> {
  /** The frame that the dialer begins with. */
  readonly opening?: Uint8Array
  onFrame(frame: Uint8Array): HandshakeStep<Peer>
}

export interface HandshakeFailed {
  readonly ok: false
  readonly failure: HandshakeFailure
}

/** How identities travel: encoded maps of at most a frame, decoded only after the proof was checked. */
export interface IdentityCodec<Self, Peer> {
  encode(identity: Self | Refusal): Uint8Array
  /** Undefined for anything that is not a valid identity. */
  decodeIdentity(map: Uint8Array): Peer | undefined
  decodeRefusal(map: Uint8Array): Refusal | undefined
}

/** `Self` is what this side says of itself, `Peer` what it hears of the other; between nodes they are the same. */
export interface HandshakeOptions<Self, Peer = Self> {
  readonly crypto: HandshakeCrypto
  /** The group keys that are valid; the dialer signs with the first. None: no proof is asked for or given. */
  readonly keys: readonly Uint8Array[]
  readonly codec: IdentityCodec<Self, Peer>
}

const failed = (failure: HandshakeFailure): HandshakeFailed => ({ ok: false, failure })

/** The side that opens the link: HELLO, then IDENTITY, then the answer (docs/protocol.md section 1). */
export class DialerHandshake<Self, Peer = Self> implements HandshakeSide<Peer> {
  readonly #options: HandshakeOptions<Self, Peer>
  readonly #self: Self
  readonly #kind: LinkKind
  readonly #hello: Uint8Array
  /** Everything said so far, in order; empty until HELLO was answered. */
  #said: Uint8Array[] = []
  #version = 0

  constructor(options: HandshakeOptions<Self, Peer>, self: Self, kind: LinkKind) {
    this.#options = options
    this.#self = self
    this.#kind = kind
    this.#hello = encodeHello({ ...versions, kind }, options.crypto.nonce(nonceBytes))
  }

  /** The first frame. */
  get opening(): Uint8Array {
    return this.#hello
  }

  /** Takes the next frame of the listener, without its length field. */
  onFrame(frame: Uint8Array): HandshakeStep<Peer> {
    return this.#said.length === 0 ? this.#onChallenge(frame) : this.#onResult(frame)
  }

  #onChallenge(frame: Uint8Array): HandshakeStep<Peer> {
    if (frame.length === 1) return { done: failed({ code: 'turned-away' }) }
    const challenge = decodeChallenge(frame)
    if (!challenge) return { done: failed({ code: 'not-ring' }) }
    const { crypto, keys, codec } = this.#options
    this.#version = challenge.version
    const map = codec.encode(this.#self)
    const said = [this.#hello, frame.slice(), map]
    const identity = encodeIdentity(dialerProof(crypto, keys[0], said), map)
    this.#said = [this.#hello, said[1]!, identity]
    return { send: identity }
  }

  #onResult(frame: Uint8Array): HandshakeStep<Peer> {
    const parts = splitResult(frame)
    if (!parts) return { done: failed({ code: 'turned-away' }) }
    const { crypto, keys, codec } = this.#options
    const said = [...this.#said, Uint8Array.of(parts.result), parts.map]
    const signed = keys.slice(0, 1)
    if (!keyThatProves(crypto, signed, parts.proof, (key) => listenerProof(crypto, key, said))) {
      return { done: failed({ code: 'proof' }) }
    }
    if (parts.result === resultRefused) {
      const refusal = codec.decodeRefusal(parts.map)
      return { done: failed(refusal ? { code: 'refused', refusal } : { code: 'turned-away' }) }
    }
    const peer = parts.result === resultWelcome ? codec.decodeIdentity(parts.map) : undefined
    if (!peer) return { done: failed({ code: 'bad-identity' }) }
    return { done: { ok: true, peer, version: this.#version, kind: this.#kind } }
  }
}

/** What the listener says to a dialer that proved itself. */
export type Admission<Self> =
  | { readonly admit: true; readonly self: Self }
  | { readonly admit: false; readonly refusal: Refusal }

/** The side that was dialled. `admit` is asked only after the proof. */
export class ListenerHandshake<Self, Peer = Self> implements HandshakeSide<Peer> {
  readonly #options: HandshakeOptions<Self, Peer>
  readonly #admit: (peer: Peer, kind: LinkKind) => Admission<Self>
  #hello: { readonly frame: Uint8Array; readonly kind: LinkKind; readonly version: number } | undefined
  #challenge: Uint8Array | undefined

  constructor(options: HandshakeOptions<Self, Peer>, admit: (peer: Peer, kind: LinkKind) => Admission<Self>) {
    this.#options = options
    this.#admit = admit
  }

  onFrame(frame: Uint8Array): HandshakeStep<Peer> {
    return this.#hello === undefined ? this.#onHello(frame) : this.#onIdentity(frame)
  }

  #onHello(frame: Uint8Array): HandshakeStep<Peer> {
    const hello = decodeHello(frame)
    if (!hello) return { send: Uint8Array.of(resultRefused), done: failed({ code: 'not-ring' }) }
    const version = chooseVersion(hello)
    if (version === undefined) return { send: Uint8Array.of(resultRefused), done: failed({ code: 'version' }) }
    this.#hello = { frame: frame.slice(), kind: hello.kind, version }
    this.#challenge = encodeChallenge({ version }, this.#options.crypto.nonce(nonceBytes))
    return { send: this.#challenge }
  }

  #onIdentity(frame: Uint8Array): HandshakeStep<Peer> {
    const { crypto, keys, codec } = this.#options
    const parts = splitIdentity(frame)
    const [hello, challenge] = [this.#hello!, this.#challenge!]
    const turnedAway = Uint8Array.of(resultRefused)
    if (!parts) return { send: turnedAway, done: failed({ code: 'not-ring' }) }
    const said = [hello.frame, challenge, parts.map]
    const proved = keyThatProves(crypto, keys, parts.proof, (key) => dialerProof(crypto, key, said))
    if (!proved) return { send: turnedAway, done: failed({ code: 'proof' }) }
    const peer = codec.decodeIdentity(parts.map)
    if (!peer) return { send: turnedAway, done: failed({ code: 'bad-identity' }) }
    const admission = this.#admit(peer, hello.kind)
    const result = admission.admit ? resultWelcome : resultRefused
    const map = codec.encode(admission.admit ? admission.self : admission.refusal)
    const answered = [hello.frame, challenge, frame.slice(), Uint8Array.of(result), map]
    const send = encodeResult(result, listenerProof(crypto, proved.key, answered), map)
    if (!admission.admit) return { send, done: failed({ code: 'refused', refusal: admission.refusal }) }
    return { send, done: { ok: true, peer, version: hello.version, kind: hello.kind } }
  }
}
