import { type Incarnation, type NodeName, type NodeRole } from '@ring/platform'
import { Packr, Unpackr } from 'msgpackr'
import { z } from 'zod'
import type { IdentityCodec, Refusal } from './core/handshake.ts'

/** What a node says of itself in a handshake. */
export interface NodeIdentity {
  readonly group: string
  readonly name: NodeName
  readonly incarnation: Incarnation
  readonly role: NodeRole
}

/** What a program says of itself, and what its node answers; both are on one machine and trust each other's user. */
export interface ProgramIdentity {
  readonly program: string
  readonly role: 'server' | 'client'
  readonly pid: number
}

const packr = new Packr({ useRecords: false })
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true })

const nodeSchema = z.object({
  group: z.string().min(1).max(255),
  name: z.string().min(1).max(255),
  incarnation: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
  role: z.enum(['server', 'slave']),
})

const refusalSchema = z.object({
  code: z.enum(['group', 'self', 'expelled', 'older-life', 'not-allowed', 'closing']),
  text: z.string().max(512),
  known: z.number().int().nonnegative().optional(),
})

/** MessagePack maps checked by a schema. */
export function identityCodec<Identity>(schema: {
  safeParse(value: unknown): { success: boolean; data?: unknown }
}): IdentityCodec<Identity> {
  return {
    encode: (identity) => packr.pack(identity),
    decodeIdentity: (map) => parse(schema, map) as Identity | undefined,
    decodeRefusal: (map) => parse(refusalSchema, map) as Refusal | undefined,
  }
}

export const nodeIdentityCodec: IdentityCodec<NodeIdentity> = identityCodec(nodeSchema)

function parse(schema: { safeParse(value: unknown): { success: boolean; data?: unknown } }, map: Uint8Array): unknown {
  try {
    const result = schema.safeParse(unpackr.unpack(map))
    return result.success ? result.data : undefined
  } catch {
    // Bytes that are no MessagePack are as good as a map that fits no schema.
    return undefined
  }
}
