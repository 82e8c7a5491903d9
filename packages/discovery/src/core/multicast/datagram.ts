import { datagramMaxBytes } from '@ring/platform'
import { ByteReader, decoded } from '../bytes/byte-reader.ts'
import { ByteWriter } from '../bytes/byte-writer.ts'

/** What the datagrams of discovery are for. `call`: the sender is there; ask it over a link. */
export type DatagramKind = 'request' | 'answer' | 'call'

export interface DatagramHeader {
  readonly kind: DatagramKind
  /** Which group: {@link groupMarkBytes} of the hash of its name. */
  readonly group: Uint8Array
  /** Wall clock of the sender, in milliseconds since the Unix epoch. */
  readonly sentMs: number
  /** Of a request: fresh. Of what answers it: the request's. */
  readonly nonce: Uint8Array
  /** HMAC-SHA256 with the group key; zeros without one. */
  readonly proof: Uint8Array
}

export const datagramVersion = 1
export const headerBytes = 80
/** Where the proof stands; it covers all before and all behind it. */
export const proofAt = 48
export const proofBytes = 32
export const nonceBytes = 16
export const groupMarkBytes = 16
/** Requests are filled up to this, so that no answer is more than twice as long: nobody gains by a forged sender. */
export const requestBytes = 600

const magic = [0x52, 0x4e, 0x47, 0x44]
const kinds: readonly (DatagramKind | undefined)[] = [undefined, 'request', 'answer', 'call']

/** The whole datagram, its proof still zero: {@link proofAt} says where it goes. */
export function unprovedDatagram(header: Omit<DatagramHeader, 'proof'>, body: Uint8Array): Uint8Array {
  const writer = new ByteWriter('little')
  writer.bytes(Uint8Array.from(magic)).u8(datagramVersion).u8(kinds.indexOf(header.kind)).u16(0)
  writer.bytes(header.group).u64(header.sentMs).bytes(header.nonce).bytes(new Uint8Array(proofBytes)).bytes(body)
  return writer.written
}

/** Why the first bytes are not those of a datagram that this version reads. */
export type HeaderProblem = 'rubbish' | 'version'

/** Reads the header and nothing behind it. */
export function readHeader(datagram: Uint8Array): DatagramHeader | HeaderProblem {
  if (
    datagram.length > datagramMaxBytes ||
    datagram.length < headerBytes ||
    magic.some((byte, at) => datagram[at] !== byte)
  )
    return 'rubbish'
  if (datagram[4] !== datagramVersion) return 'version'
  const kind = kinds[datagram[5]!]
  if (kind === undefined || (kind === 'request' && datagram.length < requestBytes)) return 'rubbish'
  return decoded(() => headerFields(kind, datagram)) ?? 'rubbish'
}

function headerFields(kind: DatagramKind, datagram: Uint8Array): DatagramHeader {
  const reader = new ByteReader(datagram.subarray(8), 'little')
  return {
    kind,
    group: reader.bytes(groupMarkBytes),
    sentMs: reader.u64(),
    nonce: reader.bytes(nonceBytes),
    proof: reader.bytes(proofBytes),
  }
}
