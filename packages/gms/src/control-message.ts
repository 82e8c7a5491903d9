import { type DiscoveryMessage, decodeDiscoveryMessage } from '@ring/discovery'
import { operationsMax, votersMax } from '@ring/register'
import { Packr, Unpackr } from 'msgpackr'
import { z } from 'zod'
import type { GmsMessage } from './core/messages.ts'

const packr = new Packr({ useRecords: false })
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true })

/** What a control link carries, told apart by the first part of the type. */
export type ControlMessage =
  | { readonly kind: 'gms'; readonly message: GmsMessage }
  | { readonly kind: 'discovery'; readonly message: DiscoveryMessage }
  /** Left to the register, which decodes and checks it itself. */
  | { readonly kind: 'register' }

const name = z.string().min(1).max(255)
const address = z
  .string()
  .max(300)
  .regex(/^(?:\[[^\]\s]+\]|[^:\s[\]]+):\d{1,5}$/)
const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const lineage = z.string().min(1).max(64)
const voterId = z.string().max(64)
const progress = z.object({ lineage, version: count })
const applicant = z.object({ name, incarnation: count, address, voterId })
const member = applicant.extend({ why: z.enum(['formed', 'joined', 'rejoined']) })

/** What gms itself relies on; `state` is the business of who computes it. */
export const recordSchema = z.looseObject({
  lineage,
  parent: progress.optional(),
  version: count,
  epoch: count,
  voters: z.array(z.object({ name, voterId })).max(votersMax),
  view: z.object({ members: z.array(member).max(1024), barred: z.array(name).max(1024) }),
  state: z.unknown(),
  operations: z.array(z.string().max(128)).max(operationsMax),
})

const refusal = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('not-coordinator'), coordinator: name, address }),
  z.object({ kind: z.literal('older-life'), known: count }),
  z.object({ kind: z.literal('barred') }),
  z.object({ kind: z.literal('busy') }),
])

const gmsSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('gms.join-req'), applicant }),
  z.object({ type: z.literal('gms.join-rsp'), record: recordSchema }),
  z.object({ type: z.literal('gms.join-refused'), reason: refusal }),
  z.object({ type: z.literal('gms.leave-req'), incarnation: count }),
  z.object({ type: z.literal('gms.leave-rsp') }),
  z.object({ type: z.literal('gms.view'), record: recordSchema }),
  z.object({ type: z.literal('gms.view-req') }),
  z.object({ type: z.literal('gms.view-ack'), progress }),
  z.object({ type: z.literal('gms.ping'), seq: count, progress: progress.optional() }),
  z.object({ type: z.literal('gms.ack'), seq: count, progress: progress.optional(), knowsYou: z.boolean() }),
  z.object({ type: z.literal('gms.ping-req'), seq: count, target: name }),
  z.object({ type: z.literal('gms.suspect'), name, incarnation: count }),
  z.object({ type: z.literal('gms.refute'), incarnation: count, refutation: count }),
  z.object({ type: z.literal('gms.refused-report'), name, incarnation: count }),
  z.object({ type: z.literal('gms.linked-req'), name, incarnation: count }),
  z.object({ type: z.literal('gms.linked-rsp'), name, incarnation: count, linked: z.boolean() }),
  z.object({ type: z.literal('gms.branch-req'), progress, lost: z.array(name).max(1024) }),
  z.object({ type: z.literal('gms.branch-rsp'), progress, lostToo: z.boolean() }),
  z.object({ type: z.literal('gms.dissolve') }),
  z.object({ type: z.literal('gms.follow'), progress: progress.optional() }),
])

export function encodeControlMessage(message: object): Uint8Array {
  return packr.pack(message)
}

/** The message in the bytes of a control frame; `undefined` for anything that is not a valid one. */
export function decodeControlMessage(bytes: Uint8Array): ControlMessage | undefined {
  const value = unpack(bytes)
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string')
    return undefined
  if (value.type.startsWith('register.')) return { kind: 'register' }
  if (value.type.startsWith('discovery.')) {
    const message = decodeDiscoveryMessage(value)
    return message && { kind: 'discovery', message }
  }
  const parsed = gmsSchema.safeParse(value)
  // The schema checks what the brands of names, addresses and incarnations stand for.
  return parsed.success ? { kind: 'gms', message: parsed.data as unknown as GmsMessage } : undefined
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return unpackr.unpack(bytes)
  } catch {
    return undefined
  }
}
