import { isPackedWell } from '@ring/platform'
import { Packr } from 'msgpackr'

/** Plain MessagePack: no extension may make anything but maps, arrays, text, numbers and bytes. */
const packr = new Packr({ useRecords: false, moreTypes: false, mapsAsObjects: true, encodeUndefinedAsNil: true })

export function pack(value: unknown): Uint8Array {
  // A copy: the packer's own buffer is shared by all that it packs.
  return Uint8Array.from(packr.pack(value))
}

/** Never throws; arbitrary bytes give `undefined` or some plain value. */
export function unpack(bytes: Uint8Array): unknown {
  if (!isPackedWell(bytes)) return undefined
  try {
    return packr.unpack(bytes)
  } catch {
    return undefined
  }
}
