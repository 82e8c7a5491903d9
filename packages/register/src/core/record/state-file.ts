import { crc32 } from './crc32.ts'

/**
 * The frame around each state file: what it is, its version, its length and checksum, then the body. A file is only ever
 * replaced whole, so a crash leaves the old one or the new one. There is no torn tail that would have to be told
 * from a rotten one: whatever does not fit is damage, and is reported, never taken for an empty directory.
 */
const magic = Uint8Array.of(0x52, 0x49, 0x4e, 0x47, 0x52, 0x45, 0x47, 0x0a) // "RINGREG\n"
const formatVersion = 1
const kinds = { record: 1, vote: 2 } as const
const headerBytes = magic.length + 2 + 4 + 4

export type StateFileKind = keyof typeof kinds

export type StateFileContents =
  | { readonly ok: true; readonly body: Uint8Array }
  | { readonly ok: false; readonly fault: string }

export function frameStateFile(kind: StateFileKind, body: Uint8Array): Uint8Array {
  const file = new Uint8Array(headerBytes + body.length)
  file.set(magic)
  file.set([formatVersion, kinds[kind]], magic.length)
  const view = new DataView(file.buffer)
  view.setUint32(magic.length + 2, body.length, true)
  view.setUint32(magic.length + 6, crc32(body), true)
  file.set(body, headerBytes)
  return file
}

export function openStateFile(kind: StateFileKind, file: Uint8Array): StateFileContents {
  if (file.length < headerBytes) return { ok: false, fault: `it is ${file.length} bytes long, too short for any state` }
  if (!magic.every((byte, at) => file[at] === byte)) return { ok: false, fault: 'it is not a register file of Ring' }
  const version = file[magic.length]!
  if (version !== formatVersion)
    return { ok: false, fault: `its format is ${version}, and this program knows ${formatVersion}` }
  if (file[magic.length + 1] !== kinds[kind]) return { ok: false, fault: 'it is another file of the register' }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const body = file.subarray(headerBytes)
  if (view.getUint32(magic.length + 2, true) !== body.length) return { ok: false, fault: 'its length is wrong' }
  if (view.getUint32(magic.length + 6, true) !== crc32(body)) return { ok: false, fault: 'its checksum is wrong' }
  return { ok: true, body }
}
