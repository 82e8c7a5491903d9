import { RingError } from '@ring/platform'
import type { Body } from '../core/frames/body-bytes.ts'

/** How values of one type travel. Both throw {@link CodecError}, or anything else, for what they cannot take. */
export interface Codec<Value> {
  encode(value: Value): Body
  /** @param bytes a view of a frame; it may be kept */
  decode(bytes: Uint8Array): Value
}

/** A value, or bytes, that a codec does not take: code `RING_CODEC`. The message says what, and where. */
export class CodecError extends RingError {
  constructor(text: string, options?: ErrorOptions) {
    super('RING_CODEC', text, options)
  }
}
