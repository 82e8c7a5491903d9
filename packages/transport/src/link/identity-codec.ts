import { type Incarnation, interpreted, isPackedWell, type NodeName, type NodeRole } from '@ring/platform'
import { Packr, Unpackr } from 'msgpackr'
import * as z from 'zod'
import type { IdentityCodec, Refusal } from '../core/handshake.ts'

/** What a node says of itself in a handshake. */
export interface NodeIdentity {
  readonly group: string
  readonly name: NodeName
  readonly incarnation: Incarnation
  readonly role: NodeRole
  /** On a data link: it knows PING (docs/protocol.md section 3.8). */
  readonly pings?: boolean
  /** On a data link: it knows services and addresses (section 3.9). */
  readonly services?: boolean
  /** On a data link: it knows credit for large bodies (section 3.5). */
  readonly credit?: boolean
}

const packr = new Packr({ useRecords: false })
// A program in another language may write every whole number in 64 bits.
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' })

const nodeSchema = z.object({
  group: z.string().min(1).max(255),
  name: z.string().min(1).max(255),
  incarnation: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
  role: z.enum(['server', 'slave']),
  pings: z.boolean().optional(),
  services: z.boolean().optional(),
  credit: z.boolean().optional(),
})

const refusalSchema = z.object({
  code: z.enum(['group', 'self', 'older-life', 'not-allowed', 'full', 'closing']),
  text: z.string().max(512),
  known: z.number().int().nonnegative().optional(),
})

interface Schema {
  safeParse(value: unknown, options: typeof interpreted): { success: boolean; data?: unknown }
}

/** MessagePack maps; what the peer says is checked by a schema (zod's, or anything with its `safeParse`). */
export function identityCodec<Self, Peer>(schema: Schema): IdentityCodec<Self, Peer> {
  return {
    encode: (identity) => packr.pack(identity),
    decodeIdentity: (map) => parse(schema, map) as Peer | undefined,
    decodeRefusal: (map) => parse(refusalSchema, map) as Refusal | undefined,
  }
}

export const nodeIdentityCodec: IdentityCodec<NodeIdentity, NodeIdentity> = identityCodec(nodeSchema)

function parse(schema: Schema, map: Uint8Array): unknown {
  if (!isPackedWell(map)) return undefined
  try {
    const result = schema.safeParse(unpackr.unpack(map), interpreted)
    return result.success ? result.data : undefined
  } catch {
    // Bytes that are no MessagePack are as good as a map that fits no schema.
    return undefined
  }
}
