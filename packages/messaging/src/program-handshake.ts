import { type HandshakeOptions, type IdentityCodec, identityCodec, nodeCrypto } from '@ring/transport'
import * as z from 'zod'
import { maxFrameBytes } from './core/frames/frame-header.ts'

/**
 * The handshake of a program link (docs/protocol.md, section 1, kind 3): transport's, with what programs and nodes say of
 * themselves. There is no key here: the socket's mode and its directory's are the proof.
 */

/** Bounds of an open program or data link. */
export const openBounds = { maxFrameBytes, oneByOne: false } as const

const name = z.string().min(1).max(255)

const programSchema = z.object({
  group: z.string().max(255),
  program: name,
  role: z.enum(['server', 'client']),
  pid: z.number().int().nonnegative(),
  /** It asks before it starts handlers; programs of 0.3.0 and in other languages need not. */
  asks: z.boolean().optional(),
  /** It knows services and addresses. */
  services: z.boolean().optional(),
  /** It knows credit for large bodies. */
  credit: z.boolean().optional(),
  /** It says when a handler has ended that nobody waits for, and sends the rest of a fan-out whose servers change. */
  moves: z.boolean().optional(),
  /** The service that it serves, if that has a name: whatever role it gives, it is a server program. */
  serves: name.optional(),
})

const welcomeSchema = z.object({
  group: z.string().max(255),
  name,
  pid: z.number().int().nonnegative(),
  maxMessage: z.number().int().positive(),
  maxSlots: z.number().int().positive(),
  /** How long a WORD counts, in milliseconds from its question on; a node of 0.3.0 gives none. */
  wordMs: z.number().positive().optional(),
  /** It knows services and addresses; a node of 0.4.0 does not. */
  services: z.boolean().optional(),
  /** It knows credit for large bodies, likewise. */
  credit: z.boolean().optional(),
  /** It sends the rest of a fan-out whose servers have changed. */
  moves: z.boolean().optional(),
})

/** Who a program says it is. An empty group is whichever the node's is. */
export type ProgramIdentity = z.infer<typeof programSchema>
/** What it is to this node: who serves a named service says `client` to nodes that do not know what that is. */
export function roleOf({ role, serves }: Pick<ProgramIdentity, 'role' | 'serves'>): ProgramIdentity['role'] {
  return serves === undefined ? role : 'server'
}

/** Which node took the program in. */
export type ProgramWelcome = z.infer<typeof welcomeSchema>

const atNode: IdentityCodec<ProgramWelcome, ProgramIdentity> = identityCodec(programSchema)
const atProgram: IdentityCodec<ProgramIdentity, ProgramWelcome> = identityCodec(welcomeSchema)

export const nodeSide: HandshakeOptions<ProgramWelcome, ProgramIdentity> = {
  crypto: nodeCrypto,
  keys: [],
  codec: atNode,
}
export const programSide: HandshakeOptions<ProgramIdentity, ProgramWelcome> = {
  crypto: nodeCrypto,
  keys: [],
  codec: atProgram,
}
