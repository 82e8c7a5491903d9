import {
  type Address,
  addressMaxChars,
  addressPattern,
  datagramMaxBytes,
  type Incarnation,
  type NodeName,
  type NodeRole,
  nodeNameMaxBytes,
} from '@ring/platform'
import { type Answer, groupSize, groupSizeMax, type MemberStanding, type Standing } from '../answer.ts'
import { ByteReader, decoded, MalformedBytesError } from '../bytes/byte-reader.ts'
import { ByteWriter } from '../bytes/byte-writer.ts'
import { headerBytes, requestBytes } from './datagram.ts'

/** GET_MBRS_REQ: who asks, and how it wants to be answered. */
export interface Request {
  /** `link`: over a control link to the asker's address; a slave, which has none, gets a {@link Call}. */
  readonly answerBy: 'datagram' | 'link'
  /** Numbers the asker's rounds; an answer over a link repeats it. */
  readonly run: number
  readonly name: NodeName
  readonly incarnation: Incarnation
  readonly role: NodeRole
  readonly address: Address
}

/** Somebody is there, and can be asked over a link. */
export interface Call {
  readonly name: NodeName
  readonly address: Address
}

const bodyMax = datagramMaxBytes - headerBytes
const identityMax = 64
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

export function encodeRequest(request: Request): Uint8Array {
  const writer = new ByteWriter('little')
  writer.u8(request.answerBy === 'datagram' ? 1 : 2).u8(request.role === 'server' ? 1 : 2)
  writer.u32(request.run).u64(request.incarnation)
  putText(writer, request.name)
  putText(writer, request.address)
  const missing = requestBytes - headerBytes - writer.length
  return writer.bytes(new Uint8Array(Math.max(0, missing))).written
}

export function decodeRequest(body: Uint8Array): Request | undefined {
  return decoded(() => {
    const reader = new ByteReader(body, 'little')
    const answerBy = oneOf(reader.u8(), ['datagram', 'link'] as const)
    const role = oneOf(reader.u8(), ['server', 'slave'] as const)
    const [run, incarnation] = [reader.u32(), reader.u64() as Incarnation]
    return { answerBy, role, run, incarnation, name: name(reader), address: address(reader) }
  })
}

export function encodeCall(call: Call): Uint8Array {
  const writer = new ByteWriter('little')
  putText(writer, call.name)
  putText(writer, call.address)
  return writer.written
}

export function decodeCall(body: Uint8Array): Call | undefined {
  return decoded(() => {
    const reader = new ByteReader(body, 'little')
    return { name: name(reader), address: address(reader) }
  })
}

/** As many members as fit; `undefined` where the names are so long that not even the answer without any does. */
export function encodeAnswer(answer: Answer): Uint8Array | undefined {
  const writer = new ByteWriter('little')
  writer.u64(answer.incarnation)
  for (const text of [answer.name, answer.address, answer.voterId]) putText(writer, text)
  const { standing } = answer
  if (standing.kind === 'member') putMember(writer, standing)
  else putNewcomer(writer, standing)
  return writer.length > bodyMax ? undefined : writer.written
}

function putMember(writer: ByteWriter, standing: MemberStanding): void {
  const { coordinator, lineage, version } = standing
  writer.u8(1)
  for (const text of [coordinator.name, coordinator.address, lineage]) putText(writer, text)
  writer.u64(version).u32(groupSize(standing))
  const members = new ByteWriter('little')
  let count = 0
  for (const member of standing.members) {
    const before = members.length
    const length = 4 + encoder.encode(member.name).length + encoder.encode(member.address).length
    if (writer.length + 2 + before + length > bodyMax) break
    putText(members, member.name)
    putText(members, member.address)
    count += 1
  }
  writer.u16(count).bytes(members.written)
}

function putNewcomer(writer: ByteWriter, { stored }: Extract<Standing, { kind: 'newcomer' }>): void {
  writer.u8(stored ? 3 : 2)
  if (!stored) return
  putText(writer, stored.lineage)
  writer.u64(stored.version)
}

export function decodeAnswer(body: Uint8Array): Answer | undefined {
  return decoded(() => {
    const reader = new ByteReader(body, 'little')
    const incarnation = reader.u64() as Incarnation
    const head = { name: name(reader), incarnation, address: address(reader), voterId: text(reader, 0, identityMax) }
    return { ...head, standing: standing(reader) }
  })
}

function standing(reader: ByteReader): Standing {
  switch (oneOf(reader.u8(), ['member', 'newcomer', 'stored'] as const)) {
    case 'newcomer':
      return { kind: 'newcomer' }
    case 'stored':
      return { kind: 'newcomer', stored: { lineage: text(reader, 1, identityMax), version: reader.u64() } }
    case 'member':
      return memberStanding(reader)
  }
}

function memberStanding(reader: ByteReader): MemberStanding {
  const coordinator = { name: name(reader), address: address(reader) }
  const lineage = text(reader, 1, identityMax)
  const [version, size, count] = [reader.u64(), reader.u32(), reader.u16()]
  // A list that is cut has fewer members than the group, never more.
  if (count > size || count > groupSizeMax) throw new MalformedBytesError('more members than there are')
  const members = Array.from({ length: count }, () => ({ name: name(reader), address: address(reader) }))
  return { kind: 'member', coordinator, lineage, version, members, size }
}

function putText(writer: ByteWriter, value: string): void {
  const bytes = encoder.encode(value)
  writer.u16(bytes.length).bytes(bytes)
}

function text(reader: ByteReader, min: number, max: number): string {
  const length = reader.u16()
  if (length < min || length > max) throw new MalformedBytesError('a text is too short or too long')
  const bytes = reader.bytes(length)
  try {
    return decoder.decode(bytes)
  } catch {
    throw new MalformedBytesError('a text is not UTF-8')
  }
}

function name(reader: ByteReader): NodeName {
  return text(reader, 1, nodeNameMaxBytes) as NodeName
}

function address(reader: ByteReader): Address {
  const value = text(reader, 1, addressMaxChars)
  if (!addressPattern.test(value)) throw new MalformedBytesError('this is no address')
  return value as Address
}

/** Choices are numbered from 1. */
function oneOf<const T>(number: number, choices: readonly T[]): T {
  const choice = choices[number - 1]
  if (choice === undefined) throw new MalformedBytesError('no such choice')
  return choice
}
