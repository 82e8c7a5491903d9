import { Buffer } from 'node:buffer'
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { pack, Unpackr } from 'msgpackr'
import { z } from 'zod'
import { maxFrameBytes, maxMessageBytes, maxSlots, protocolVersion } from './core/frame-header.ts'

/**
 * The handshake of a program link (docs/protocol.md, section 1, kind 3). There is no key here: the socket's mode and its
 * directory's are the proof, so the proofs are zero bytes.
 */

/** While a handshake goes on, each frame may change the state of the link. */
export const handshakeBounds = { maxFrameBytes: 2_048, oneByOne: true } as const
export const openBounds = { maxFrameBytes, oneByOne: false } as const
export const handshakeTimeoutMs = 5_000

const magic = Buffer.from('RING')
const programKind = 3
const nonceBytes = 32
const proofBytes = 32
const noProof = Buffer.alloc(proofBytes)
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true })
const name = z.string().min(1).max(255)

const identity = z.object({
  group: z.string().max(255),
  program: name,
  role: z.enum(['server', 'client']),
  pid: z.number().int().nonnegative(),
})
const welcome = z.object({
  group: z.string().max(255),
  name,
  pid: z.number().int().nonnegative(),
  maxMessage: z.number().int().positive(),
  maxSlots: z.number().int().positive(),
})
const refusal = z.object({ code: z.string().max(64), text: z.string().max(1_024) })

/** Who a program says it is. An empty group is whichever the node's is. */
export type ProgramIdentity = z.infer<typeof identity>
/** Which node took the program in. */
export type ProgramWelcome = z.infer<typeof welcome>
export type Refusal = z.infer<typeof refusal>

/** A frame of the handshake with its length field. */
function framed(...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(body.length)
  return Buffer.concat([length, body])
}

export function hello(): Buffer {
  return framed(magic, Buffer.from([protocolVersion, protocolVersion, programKind, 0]), randomBytes(nonceBytes))
}

/** The version that both know, or `undefined` when the frame is no HELLO of a program that can be understood. */
export function readHello(frame: Buffer): number | undefined {
  const isHello = frame.length === 40 && frame.subarray(0, 4).equals(magic) && frame[6] === programKind
  const fits = isHello && frame[4]! <= protocolVersion && frame[5]! >= protocolVersion
  return fits ? protocolVersion : undefined
}

export function challenge(): Buffer {
  return framed(Buffer.from([protocolVersion, 0, 0, 0]), randomBytes(nonceBytes))
}

export function isChallenge(frame: Buffer): boolean {
  return frame.length === 4 + nonceBytes && frame[0] === protocolVersion
}

export function identify(self: ProgramIdentity): Buffer {
  return framed(noProof, pack(self))
}

export function readIdentity(frame: Buffer): ProgramIdentity | undefined {
  if (frame.length <= proofBytes || !timingSafeEqual(frame.subarray(0, proofBytes), noProof)) return undefined
  return checked(identity, frame.subarray(proofBytes))
}

export function welcomed(node: { readonly group: string; readonly name: string }): Buffer {
  const map = { ...node, pid: process.pid, maxMessage: maxMessageBytes, maxSlots }
  return framed(Buffer.from([1]), noProof, pack(map))
}

export function refused(word: Refusal | undefined): Buffer {
  return word === undefined ? framed(Buffer.from([0])) : framed(Buffer.from([0]), noProof, pack(word))
}

/** What the node said: a welcome, a refusal with or without a reason, or nothing that can be understood. */
export function readVerdict(frame: Buffer): { welcome?: ProgramWelcome; refusal?: Refusal } {
  const map = frame.subarray(1 + proofBytes)
  if (frame[0] !== 1) {
    const word = frame.length > 1 + proofBytes ? checked(refusal, map) : undefined
    return { refusal: word ?? { code: 'refused', text: 'the node gave no reason' } }
  }
  const word = frame.length > 1 + proofBytes ? checked(welcome, map) : undefined
  return word === undefined ? {} : { welcome: word }
}

function checked<T>(schema: z.ZodType<T>, bytes: Buffer): T | undefined {
  try {
    const parsed = schema.safeParse(unpackr.unpack(bytes))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
