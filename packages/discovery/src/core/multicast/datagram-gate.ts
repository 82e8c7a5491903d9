import {
  type DatagramHeader,
  type DatagramKind,
  headerBytes,
  proofAt,
  proofBytes,
  readHeader,
  unprovedDatagram,
} from './datagram.ts'

/** The cryptography of datagrams; given by the shell. */
export interface DatagramCrypto {
  /** 32 bytes. */
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array
  /** Takes the same time whether the bytes are equal or not. */
  equal(one: Uint8Array, other: Uint8Array): boolean
}

export interface DatagramGateOptions {
  readonly crypto: DatagramCrypto
  /** What marks the group, 16 bytes. */
  readonly group: Uint8Array
  /** The keys that are valid now, the one that signs first; none: nothing is proved. */
  readonly keys: () => readonly Uint8Array[]
  /** How far the clocks of two nodes may be apart, in milliseconds. */
  readonly clockMs?: number
}

/** Why a datagram is not taken. `group` is somebody else's business; the rest ought not to happen. */
export type DatagramRefusal = 'rubbish' | 'version' | 'group' | 'key' | 'clock' | 'replay'

export type OpenedDatagram =
  | {
      readonly ok: true
      readonly kind: DatagramKind
      readonly nonce: Uint8Array
      readonly body: Uint8Array
      /** Which key proved it; what answers it is signed with the same. */
      readonly key: Uint8Array | undefined
    }
  | { readonly ok: false; readonly reason: DatagramRefusal }

const label = Uint8Array.from('ring datagram', (character) => character.charCodeAt(0))
const usualClockMs = 60_000
const noncesMax = 4096

/**
 * Lets in what the own group sent, lately and for the first time. Nothing behind the header is looked at before the
 * proof has been checked.
 */
export class DatagramGate {
  readonly #options: DatagramGateOptions
  readonly #clockMs: number
  /** Requests that were let in, and until when their time stamp would do. */
  readonly #seen = new Map<string, number>()

  constructor(options: DatagramGateOptions) {
    this.#options = options
    this.#clockMs = options.clockMs ?? usualClockMs
  }

  /** @param key what answers a request is signed with the key that proved it; otherwise the first one signs */
  seal(kind: DatagramKind, nonce: Uint8Array, body: Uint8Array, wallMs: number, key?: Uint8Array): Uint8Array {
    const { group, keys } = this.#options
    const datagram = unprovedDatagram({ kind, group, sentMs: Math.max(0, Math.floor(wallMs)), nonce }, body)
    const signing = key ?? keys()[0]
    if (signing) datagram.set(this.#proof(signing, datagram), proofAt)
    return datagram
  }

  open(datagram: Uint8Array, wallMs: number): OpenedDatagram {
    const header = readHeader(datagram)
    if (typeof header === 'string') return { ok: false, reason: header }
    if (header.group.some((byte, at) => byte !== this.#options.group[at])) return { ok: false, reason: 'group' }
    const proved = this.#provedBy(header, datagram)
    if (!proved) return { ok: false, reason: 'key' }
    if (Math.abs(header.sentMs - wallMs) > this.#clockMs) return { ok: false, reason: 'clock' }
    if (header.kind === 'request' && this.#isSeen(header, wallMs)) return { ok: false, reason: 'replay' }
    const { kind, nonce } = header
    return { ok: true, kind, nonce, body: datagram.subarray(headerBytes), key: proved.key }
  }

  #provedBy(header: DatagramHeader, datagram: Uint8Array): { readonly key: Uint8Array | undefined } | undefined {
    const keys = this.#options.keys()
    if (keys.length === 0) return { key: undefined }
    let found: Uint8Array | undefined
    // Every key is tried, so that the time does not tell which one fitted.
    for (const key of keys) if (this.#options.crypto.equal(this.#proof(key, datagram), header.proof)) found ??= key
    return found && { key: found }
  }

  #proof(key: Uint8Array, datagram: Uint8Array): Uint8Array {
    const message = new Uint8Array(label.length + datagram.length - proofBytes)
    message.set(label)
    message.set(datagram.subarray(0, proofAt), label.length)
    message.set(datagram.subarray(headerBytes), label.length + proofAt)
    return this.#options.crypto.hmacSha256(key, message)
  }

  #isSeen({ nonce, sentMs }: DatagramHeader, wallMs: number): boolean {
    const key = nonce.join()
    if (this.#seen.has(key)) return true
    for (const [old, untilMs] of this.#seen) {
      if (untilMs >= wallMs && this.#seen.size < noncesMax) break
      this.#seen.delete(old)
    }
    this.#seen.set(key, sentMs + 2 * this.#clockMs)
    return false
  }
}
