import { type DiscoveryMessage, decodeDiscoveryMessage } from '@ring/discovery'
import { addressMaxChars, addressPattern, interpreted, isPackedWell, nodeNameMaxBytes } from '@ring/platform'
import { operationsMax, votersMax } from '@ring/register'
import { Packr, Unpackr } from 'msgpackr'
import { z } from 'zod'
import { canonicalText } from './core/canonical-text.ts'
import { whyMaxChars } from './core/dial-back.ts'
import type { GmsMessage } from './core/messages.ts'
import { metadataBounds } from './core/metadata.ts'
import { type Applicant, departedMax, membersMax } from './core/view.ts'

const packr = new Packr({ useRecords: false })
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true })

/** What a control link carries, told apart by the first part of the type. */
export type ControlMessage =
  | { readonly kind: 'gms'; readonly message: GmsMessage }
  | { readonly kind: 'discovery'; readonly message: DiscoveryMessage }
  /** Left to the register, which decodes and checks it itself. */
  | { readonly kind: 'register' }
  /** Left to the merge protocol, which checks it. */
  | { readonly kind: 'merge'; readonly value: unknown }

const name = z.string().min(1).max(nodeNameMaxBytes)
const address = z.string().max(addressMaxChars).regex(addressPattern)
const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const lineage = z.string().min(1).max(64)
const voterId = z.string().max(64)
const progress = z.object({ lineage, version: count })
const short = z.string().max(metadataBounds.textMax)
/**
 * What a record holds is loose: whatever a later version says of a member or a view is kept and passed on (rule S1). Of a
 * message only what this one knows is looked at.
 */
const metadata = z.looseObject({
  zone: short.optional(),
  weight: z.number().positive().max(metadataBounds.weightMax).optional(),
  version: short.optional(),
  addresses: z.array(z.string().max(addressMaxChars)).max(metadataBounds.addressesMax).optional(),
  labels: z
    .record(short, short)
    .refine((labels) => Object.keys(labels).length <= metadataBounds.labelsMax)
    .optional(),
})
const applicantFields = z.looseObject({
  name,
  incarnation: count,
  address,
  voterId,
  metadata: metadata.optional(),
  witness: z.boolean().optional(),
  speaks: z.number().int().min(1).max(255).optional(),
  leaseMs: z.number().positive().max(600_000).optional(),
})
const applicant = applicantFields.refine(isBriefBeyond, 'says too much that this version does not know')
const member = applicantFields.extend({ why: z.enum(['formed', 'joined', 'rejoined']) })

/** How much a member may say of itself that this version does not know: it stands in every record, at every node. */
export const beyondMaxChars = 4096

function isBriefBeyond(value: { readonly metadata?: object | undefined }): boolean {
  const beyond = [beyondOf(value, applicantFields.shape), beyondOf(value.metadata ?? {}, metadata.shape)]
  return canonicalText(beyond).length <= beyondMaxChars
}

function beyondOf(value: object, known: object): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !(key in known)))
}

const leaveReason = z.enum(['left', 'gone', 'failed', 'replaced', 'expelled'])
const departure = z.looseObject({ name, incarnation: count, why: leaveReason })
const parole = z.looseObject({ name, wallMs: count })
const side = z.looseObject({ lineage, version: count, members: z.array(name).max(membersMax) })
const view = z.looseObject({
  members: z.array(member).max(membersMax),
  barred: z.array(name).max(membersMax),
  paroles: z.array(parole).max(membersMax).optional(),
  departed: z.array(departure).max(departedMax).optional(),
  merged: z.array(side).max(membersMax).optional(),
})
const delta = z.object({
  base: progress,
  epoch: count,
  origin: z.looseObject({ name, incarnation: count, sequence: count }),
  left: z.array(departure).max(membersMax),
  joined: z.array(member).max(membersMax),
  updated: z.array(member).max(membersMax),
  barred: z.array(name).max(membersMax),
  paroles: z.array(parole).max(membersMax),
  digest: count,
  wholeDigest: count.optional(),
})

/** What gms itself relies on; `state` is the business of who computes it. */
export const recordSchema = z.looseObject({
  lineage,
  // Loose: the register checks the rest of it, and needs it whole.
  parent: z.looseObject({ lineage, version: count }).optional(),
  version: count,
  epoch: count,
  voters: z.array(z.looseObject({ name, voterId })).max(votersMax),
  view,
  state: z.unknown(),
  operations: z.array(z.string().max(128)).max(operationsMax),
})

const why = z.string().max(whyMaxChars)

const refusal = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('not-coordinator'), coordinator: name, address, incarnation: count.optional() }),
  z.object({ kind: z.literal('older-life'), known: count }),
  z.object({ kind: z.literal('barred') }),
  z.object({ kind: z.literal('undialable'), address, why }),
  z.object({ kind: z.literal('busy') }),
])

const bar = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('until-admitted') }),
  z.object({ kind: z.literal('for'), ms: count }),
])

const gmsSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('gms.join-req'), applicant }),
  z.object({ type: z.literal('gms.join-rsp'), record: recordSchema }),
  z.object({ type: z.literal('gms.join-refused'), reason: refusal }),
  z.object({ type: z.literal('gms.decline'), incarnation: count }),
  z.object({ type: z.literal('gms.leave-req'), incarnation: count }),
  z.object({ type: z.literal('gms.leave-rsp') }),
  z.object({ type: z.literal('gms.view'), record: recordSchema }),
  z.object({ type: z.literal('gms.delta'), delta }),
  z.object({ type: z.literal('gms.view-req') }),
  z.object({ type: z.literal('gms.view-ack'), progress }),
  z.object({
    type: z.literal('gms.ping'),
    seq: count,
    progress: progress.optional(),
    cannotVote: z.boolean().optional(),
  }),
  z.object({
    type: z.literal('gms.ack'),
    seq: count,
    progress: progress.optional(),
    knowsYou: z.boolean(),
    cannotVote: z.boolean().optional(),
    unsure: z.boolean().optional(),
  }),
  z.object({ type: z.literal('gms.ping-req'), seq: count, target: name }),
  z.object({ type: z.literal('gms.lease-req'), seq: count, progress }),
  z.object({
    type: z.literal('gms.lease-rsp'),
    seq: count,
    granted: z.boolean(),
    forMs: z.number().nonnegative().max(600_000).optional(),
  }),
  z.object({
    type: z.literal('gms.suspect'),
    name,
    incarnation: count,
    first: z.object({ by: name, seq: count }).optional(),
    soon: z.boolean().optional(),
  }),
  z.object({ type: z.literal('gms.refute'), incarnation: count, refutation: count }),
  z.object({ type: z.literal('gms.refused-report'), name, incarnation: count }),
  z.object({ type: z.literal('gms.linked-req'), name, incarnation: count }),
  z.object({ type: z.literal('gms.linked-rsp'), name, incarnation: count, linked: z.boolean() }),
  z.object({ type: z.literal('gms.branch-req'), progress, lost: z.array(name).max(membersMax) }),
  z.object({ type: z.literal('gms.branch-rsp'), progress, lostToo: z.boolean() }),
  z.object({ type: z.literal('gms.dissolve') }),
  z.object({ type: z.literal('gms.follow'), progress: progress.optional(), speaks: count.optional() }),
  z.object({ type: z.literal('gms.describe'), applicant }),
  z.object({ type: z.literal('gms.expel'), name, incarnation: count, bar: bar.optional() }),
  z.object({ type: z.literal('gms.admit'), name }),
  z.object({ type: z.literal('gms.undialable'), address, why }),
  z.object({ type: z.literal('gms.undialable-report'), name, incarnation: count }),
  z.object({ type: z.literal('gms.dial-req'), name, incarnation: count }),
  z.object({ type: z.literal('gms.dial-rsp'), name, incarnation: count, reached: z.boolean() }),
  z.object({ type: z.literal('gms.idle') }),
])

/** What a node says of itself, from a message of another protocol; undefined where it is not valid. */
export function decodeApplicant(value: unknown): Applicant | undefined {
  const parsed = applicant.safeParse(value, interpreted)
  return parsed.success ? (parsed.data as unknown as Applicant) : undefined
}

export function encodeControlMessage(message: object): Uint8Array {
  return packr.pack(message)
}

/** The message in the bytes of a control frame; `undefined` for anything that is not a valid one. */
export function decodeControlMessage(bytes: Uint8Array): ControlMessage | undefined {
  const value = unpack(bytes)
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string')
    return undefined
  if (value.type.startsWith('register.')) return { kind: 'register' }
  if (value.type.startsWith('merge.')) return { kind: 'merge', value }
  if (value.type.startsWith('discovery.')) {
    const message = decodeDiscoveryMessage(value)
    return message && { kind: 'discovery', message }
  }
  const parsed = gmsSchema.safeParse(value, interpreted)
  // The schema checks what the brands of names, addresses and incarnations stand for.
  return parsed.success ? { kind: 'gms', message: parsed.data as unknown as GmsMessage } : undefined
}

function unpack(bytes: Uint8Array): unknown {
  if (!isPackedWell(bytes)) return undefined
  try {
    return unpackr.unpack(bytes)
  } catch {
    return undefined
  }
}
