import { type ByteReader, MalformedBytesError } from '../bytes/byte-reader.ts'
import type { ByteWriter } from '../bytes/byte-writer.ts'
import { formatIp, parseIp } from '../bytes/ip-bytes.ts'

/**
 * An address as JGroups 5 writes it. A UUID is 32 hexadecimal digits, the most significant first; an `ip` without a host
 * names the port only.
 */
export type JGroupsAddress =
  | { readonly kind: 'uuid'; readonly uuid: string }
  | { readonly kind: 'ip'; readonly host: string | undefined; readonly port: number }

/** What is said of a member: who and where it is. */
export interface PingData {
  readonly address: JGroupsAddress | undefined
  /** Bit 0: has a view. Bit 1: is coordinator. */
  readonly flags: number
  readonly logicalName: string | undefined
  readonly physicalAddress: JGroupsAddress | undefined
}

export const serverFlag = 1

const flag = { isNull: 1, uuid: 2, ip: 16 } as const
const stringMax = 4096
const wantedMax = 4096

/** Java's modified UTF-8: two bytes for NUL, and surrogates one by one. */
export function putString(writer: ByteWriter, text: string | undefined): void {
  if (text === undefined) {
    writer.u8(0)
    return
  }
  const bytes: number[] = []
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit > 0 && unit < 0x80) bytes.push(unit)
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f))
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
  writer.u8(1).u16(bytes.length).bytes(Uint8Array.from(bytes))
}

export function readString(reader: ByteReader): string | undefined {
  if (!isPresent(reader)) return undefined
  const length = reader.u16()
  if (length > stringMax) throw new MalformedBytesError('a text is too long')
  return modifiedUtf8(reader.bytes(length))
}

function modifiedUtf8(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at]!
    const length = first < 0x80 ? 1 : first >> 5 === 0b110 ? 2 : first >> 4 === 0b1110 ? 3 : 0
    if (length === 0 || at + length > bytes.length) throw new MalformedBytesError('a text is not UTF-8')
    let unit = length === 1 ? first : first & (length === 2 ? 0x1f : 0x0f)
    for (const next of bytes.subarray(at + 1, at + length)) {
      if (next >> 6 !== 0b10) throw new MalformedBytesError('a text is not UTF-8')
      unit = (unit << 6) | (next & 0x3f)
    }
    text += String.fromCharCode(unit)
    at += length
  }
  return text
}

export function isPresent(reader: ByteReader): boolean {
  const presence = reader.u8()
  if (presence > 1) throw new MalformedBytesError('neither there nor absent')
  return presence === 1
}

export function putAddress(writer: ByteWriter, address: JGroupsAddress | undefined): void {
  if (!address) {
    writer.u8(flag.isNull)
    return
  }
  if (address.kind === 'ip') return putIp(writer.u8(flag.ip), address)
  const bytes = Uint8Array.from(address.uuid.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
  // The least significant half stands first.
  writer.u8(flag.uuid).bytes(bytes.subarray(8)).bytes(bytes.subarray(0, 8))
}

export function readAddress(reader: ByteReader): JGroupsAddress | undefined {
  switch (reader.u8()) {
    case flag.isNull:
      return undefined
    case flag.uuid: {
      const low = hex(reader.bytes(8))
      return { kind: 'uuid', uuid: hex(reader.bytes(8)) + low }
    }
    case flag.ip:
      return readIp(reader)
    default:
      // Addresses of sites (RELAY) have no place in what a gossip router is told.
      throw new MalformedBytesError('an address of a kind that is not known')
  }
}

function putIp(writer: ByteWriter, { host, port }: Extract<JGroupsAddress, { kind: 'ip' }>): void {
  const bytes = host === undefined ? undefined : parseIp(host)
  writer.u8(bytes?.length ?? 0)
  if (bytes) writer.bytes(bytes)
  if (bytes?.length === 16) writer.u32(0)
  writer.u16(port)
}

function readIp(reader: ByteReader): JGroupsAddress {
  const length = reader.u8()
  if (length !== 0 && length !== 4 && length !== 16) throw new MalformedBytesError('no IP address has this length')
  const bytes = reader.bytes(length)
  // The scope means something on the sender's machine only.
  if (length === 16) reader.u32()
  return { kind: 'ip', host: length === 0 ? undefined : formatIp(bytes), port: reader.u16() }
}

export function putPingData(writer: ByteWriter, data: PingData): void {
  putAddress(writer, data.address)
  writer.u8(data.flags)
  putString(writer, data.logicalName)
  putAddress(writer, data.physicalAddress)
  // No list of wanted members.
  writer.u16(0xffff)
}

export function readPingData(reader: ByteReader): PingData {
  const data = {
    address: readAddress(reader),
    flags: reader.u8(),
    logicalName: readString(reader),
    physicalAddress: readAddress(reader),
  }
  const wanted = reader.i16()
  if (wanted > wantedMax) throw new MalformedBytesError('a list is too long')
  for (let at = 0; at < wanted; at++) readAddress(reader)
  return data
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
