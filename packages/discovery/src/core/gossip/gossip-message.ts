import { ByteReader, decoded, MalformedBytesError } from '../bytes/byte-reader.ts'
import { ByteWriter } from '../bytes/byte-writer.ts'
import {
  type JGroupsAddress,
  type PingData,
  putAddress,
  putPingData,
  putString,
  readAddress,
  readPingData,
  readString,
} from './jgroups-types.ts'

/** The messages between JGroups 5's GossipRouter and its clients, by their number on the wire. */
export const gossipTypes = [
  'register',
  'unregister',
  'get-mbrs',
  'get-mbrs-rsp',
  'message',
  'heartbeat',
  'suspect',
  'get-mbrs-rsp-last',
] as const

export type GossipType = (typeof gossipTypes)[number]

export interface GossipMessage {
  readonly type: GossipType
  readonly group?: string | undefined
  readonly address?: JGroupsAddress | undefined
  readonly sender?: JGroupsAddress | undefined
  /** These three do not travel with a `message`. */
  readonly logicalName?: string | undefined
  readonly pingData?: readonly PingData[]
  readonly physicalAddress?: JGroupsAddress | undefined
  readonly payload?: Uint8Array | undefined
}

const pingDataMax = 32_767

/** The body of a frame, without its length. */
export function encodeGossipMessage(message: GossipMessage): Uint8Array {
  const { type, group, address, sender, logicalName, pingData = [], physicalAddress, payload } = message
  const writer = new ByteWriter('big')
  writer.u8(gossipTypes.indexOf(type))
  putString(writer, group)
  putAddress(writer, address)
  putAddress(writer, sender)
  if (type !== 'message') {
    putString(writer, logicalName)
    writer.u16(Math.min(pingData.length, pingDataMax))
    for (const data of pingData.slice(0, pingDataMax)) putPingData(writer, data)
    putAddress(writer, physicalAddress)
  }
  writer.u32(payload?.length ?? 0)
  if (payload) writer.bytes(payload)
  return writer.written
}

/** What stands in a frame; `undefined` for anything that is not a valid message. */
export function decodeGossipMessage(body: Uint8Array): GossipMessage | undefined {
  return decoded(() => read(new ByteReader(body, 'big')))
}

function read(reader: ByteReader): GossipMessage {
  const type = gossipTypes[reader.u8()]
  if (type === undefined) throw new MalformedBytesError('no such message')
  const head = { type, group: readString(reader), address: readAddress(reader), sender: readAddress(reader) }
  const middle = type === 'message' ? {} : readMiddle(reader)
  const length = reader.i32()
  if (length < 0) throw new MalformedBytesError('a payload of less than nothing')
  return { ...head, ...middle, ...(length > 0 && { payload: reader.bytes(length) }) }
}

function readMiddle(reader: ByteReader): Pick<GossipMessage, 'logicalName' | 'pingData' | 'physicalAddress'> {
  const logicalName = readString(reader)
  const count = reader.i16()
  if (count < 0) throw new MalformedBytesError('a list of less than nothing')
  const pingData: PingData[] = []
  // One by one: an announced count takes no memory before the bytes are there.
  for (let at = 0; at < count; at++) pingData.push(readPingData(reader))
  return { logicalName, pingData, physicalAddress: readAddress(reader) }
}
