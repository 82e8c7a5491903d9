import { joinBytes, proofBytes } from './handshake-frames.ts'

/** The cryptography that a handshake needs; given by the shell. */
export interface HandshakeCrypto {
  /** 32 bytes. */
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array
  /** Takes the same time whether the bytes are equal or not; both have the same length. */
  equal(one: Uint8Array, other: Uint8Array): boolean
  /** Fresh random bytes. */
  nonce(length: number): Uint8Array
}

const text = (words: string) => Uint8Array.from(words, (character) => character.charCodeAt(0))
const dialerLabel = text('ring dialer')
const listenerLabel = text('ring listener')
const noProof = new Uint8Array(proofBytes)

/** The dialer's proof over everything said so far; zeros where there is no key. */
export function dialerProof(
  crypto: HandshakeCrypto,
  key: Uint8Array | undefined,
  said: readonly Uint8Array[],
): Uint8Array {
  return key ? crypto.hmacSha256(key, joinBytes([dialerLabel, ...said])) : noProof
}

export function listenerProof(
  crypto: HandshakeCrypto,
  key: Uint8Array | undefined,
  said: readonly Uint8Array[],
): Uint8Array {
  return key ? crypto.hmacSha256(key, joinBytes([listenerLabel, ...said])) : noProof
}

/** Which of the keys made the proof; `none` where no key is asked for; `undefined` when none fits. */
export function keyThatProves(
  crypto: HandshakeCrypto,
  keys: readonly Uint8Array[],
  proof: Uint8Array,
  proofWith: (key: Uint8Array | undefined) => Uint8Array,
): { readonly key: Uint8Array | undefined } | undefined {
  if (keys.length === 0) return { key: undefined }
  let found: Uint8Array | undefined
  // Every key is tried, so that the time does not tell which one fitted.
  for (const key of keys) if (crypto.equal(proofWith(key), proof)) found ??= key
  return found && { key: found }
}
