import type { RegisterMessage } from './core/message.ts'
import { pack, unpack } from './packing.ts'
import { type Checked, checkMessage } from './schema.ts'

/** The longest message, in bytes: below the bound of a control frame, with room for a record in a promise. */
export const messageBytesMax = 2 * 1024 * 1024

/** The longest record, in bytes as packed. */
export const recordBytesMax = 1024 * 1024

export function encodeMessage(message: RegisterMessage): Uint8Array {
  return pack(message)
}

/** Checks everything before anybody looks at it. Never throws. */
export function decodeMessage(bytes: Uint8Array): Checked<RegisterMessage> {
  return checkUnpacked(unpack(bytes), bytes.length)
}

/** The same of a message that was unpacked already, from so many bytes. */
export function checkUnpacked(value: unknown, length: number): Checked<RegisterMessage> {
  if (length > messageBytesMax) return { ok: false, fault: `the message is longer than ${messageBytesMax} bytes` }
  return checkMessage(value)
}
