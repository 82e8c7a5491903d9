import { addressMaxChars, addressPattern, interpreted, nodeNameMaxBytes } from '@ring/platform'
import { operationsMax, votersMax } from '@ring/register'
import * as z from 'zod'
import { whyMaxChars } from '../core/alive/dial-back.ts'
import { bodyMaxChars, operationIdMaxChars, operationRefusals } from '../core/deciding/operation.ts'
import type { GmsMessage } from '../core/messages.ts'
import { canonicalText } from '../core/record/canonical-text.ts'
import { metadataBounds } from '../core/record/metadata.ts'
import { partNamePattern } from '../core/record/state-part.ts'
import { type Applicant, departedMax, membersMax } from '../core/record/view.ts'
import { asProbe } from './probe-check.ts'
import { asShort } from './short-check.ts'

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
  // Whoever takes it looks at its shape; what comes out has to be what the digest is of.
  patch: z.unknown().optional(),
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

const operationId = z.string().min(1).max(operationIdMaxChars)
const operationRequest = z.object({
  id: operationId,
  part: z.string().regex(partNamePattern),
  body: z.unknown().refine((body) => canonicalText(body).length <= bodyMaxChars, 'is too long'),
  since: progress.optional(),
  forMs: z.number().nonnegative().max(600_000),
})
const operationResult = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), outcome: z.unknown(), version: count }),
  z.object({ kind: z.literal('refused'), why: z.enum(operationRefusals), mayHaveHappened: z.boolean().optional() }),
  z.object({ kind: z.literal('no-quorum'), missing: z.array(name).max(votersMax), mayHaveHappened: z.boolean() }),
  z.object({ kind: z.literal('timed-out'), mayHaveHappened: z.boolean() }),
  z.object({ kind: z.literal('older-coordinator'), asked: z.boolean() }),
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
  z.object({ type: z.literal('gms.operation-req'), request: operationRequest }),
  z.object({ type: z.literal('gms.operation-rsp'), id: operationId, result: operationResult }),
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

/** A message of membership in what a control message holds; undefined where it is not valid. */
export function decodeGmsMessage(value: object): GmsMessage | undefined {
  return asProbe(value) ?? asShort(value) ?? checkGmsMessage(value)
}

/** The same by the schema alone. */
export function checkGmsMessage(value: unknown): GmsMessage | undefined {
  const parsed = gmsSchema.safeParse(value, interpreted)
  // The schema checks what the brands of names, addresses and incarnations stand for.
  return parsed.success ? (parsed.data as unknown as GmsMessage) : undefined
}
