import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { HandshakeCrypto } from '../core/proof.ts'

/** Node's own cryptography for handshakes. */
export const nodeCrypto: HandshakeCrypto = {
  hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest(),
  equal: (one, other) => one.length === other.length && timingSafeEqual(one, other),
  nonce: (length) => randomBytes(length),
}
