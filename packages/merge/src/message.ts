import { type Applicant, decodeApplicant, membersMax } from '@ring/gms'
import { addressMaxChars, addressPattern, interpreted, nodeNameMaxBytes } from '@ring/platform'
import * as z from 'zod'
import type { MergeMessage } from './core/message.ts'

const name = z.string().min(1).max(nodeNameMaxBytes)
const id = z.string().min(1).max(64)
const standing = z.object({
  lineage: z.string().min(1).max(64),
  version: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
  size: z.number().int().min(1).max(membersMax),
  coordinator: name,
  address: z.string().max(addressMaxChars).regex(addressPattern).optional(),
})
const life = z.unknown().transform((value, context): Applicant => {
  const applicant = decodeApplicant(value)
  if (applicant) return applicant
  context.issues.push({ code: 'custom', message: 'not an applicant', input: value })
  return z.NEVER
})

const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('merge.found'), standing }),
  z.object({ type: z.literal('merge.req'), id, standing }),
  z.object({ type: z.literal('merge.rsp'), id, standing, lives: z.array(life).max(membersMax) }),
  z.object({ type: z.literal('merge.refused'), id, standing, why: z.enum(['precedence', 'busy']) }),
  z.object({ type: z.literal('merge.prepare'), id }),
  z.object({ type: z.literal('merge.ready'), id, life }),
  z.object({ type: z.literal('merge.cancel'), id }),
])

/** A decoded control message as one of this protocol; undefined for anything that is not a valid one. */
export function decodeMergeMessage(value: unknown): MergeMessage | undefined {
  const parsed = message.safeParse(value, interpreted)
  // The schema checks what the brands of names stand for.
  return parsed.success ? (parsed.data as MergeMessage) : undefined
}
