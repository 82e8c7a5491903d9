import { isPackedWell } from '@ring/platform'
import { Packr, Unpackr } from 'msgpackr'

const packr = new Packr({ useRecords: false })
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true })

/** What every control message is: a map with a type, of which the part before the first dot says whose it is. */
export interface ControlMessage {
  readonly type: string
}

export function encodeControlMessage(message: object): Uint8Array {
  return packr.pack(message)
}

/** What is in the bytes of a control frame, unchecked but for its type; `undefined` where there is no such thing. Never throws. */
export function unpackControlMessage(bytes: Uint8Array): ControlMessage | undefined {
  const value = unpack(bytes)
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined
  return typeof value.type === 'string' ? (value as ControlMessage) : undefined
}

function unpack(bytes: Uint8Array): unknown {
  if (!isPackedWell(bytes)) return undefined
  try {
    return unpackr.unpack(bytes)
  } catch {
    return undefined
  }
}
