import { interpreted, type NodeName } from '@ring/platform'
import * as z from 'zod'
import type { RegisterMessage } from './core/message.ts'
import { ancestorsMax, operationsMax, type RingRecord, votersMax } from './core/record/record.ts'
import type { VoteState } from './core/record/state.ts'

const whole = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const name = z
  .string()
  .min(1)
  .max(255)
  .transform((text) => text as NodeName)
const id = z.string().min(1).max(64)
const names = z.array(name).max(1_024)

const eachNameOnce = (voters: readonly { readonly name: string }[]): boolean =>
  new Set(voters.map((one) => one.name)).size === voters.length

const position = z.object({ lineage: id, version: whole })
// Loose: whatever a later version says in a record is kept and passed on (rule S1). Of a message only what this one knows.
const voter = z.looseObject({ name, voterId: id })
const ballot = z.object({ round: whole, incarnation: whole, name })
const formation = z.object({ names, all: z.boolean() })

const record = z.looseObject({
  lineage: id,
  version: whole,
  epoch: whole,
  parent: z
    .looseObject({
      ...position.shape,
      reason: z.enum(['recovered', 'branch']),
      givenUp: z
        .array(name)
        .max(2 * votersMax)
        .exactOptional(),
    })
    .exactOptional(),
  ancestors: z.array(id).max(ancestorsMax),
  voters: z.array(voter).min(1).max(votersMax).refine(eachNameOnce, 'names a voter twice'),
  view: z.unknown(),
  state: z.unknown(),
  operations: z.array(z.string().max(128)).max(operationsMax),
  origin: z.looseObject({ name, incarnation: whole, sequence: whole }),
})
const accepted = z.object({ ballot, record })

const slot = { after: position.exactOptional(), ballot }
const toVoter = { ...slot, voterId: id, formation: formation.exactOptional() }

const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('register.prepare'), ...toVoter }),
  z.object({ type: z.literal('register.promise'), ...slot, voterId: id, accepted: accepted.exactOptional() }),
  z.object({ type: z.literal('register.accept'), ...toVoter, record }),
  z.object({ type: z.literal('register.accepted'), ...slot, voterId: id }),
  z.object({ type: z.literal('register.nack'), ...slot, promised: ballot.exactOptional() }),
  z.object({ type: z.literal('register.committed'), record, confirm: z.boolean() }),
  z.object({ type: z.literal('register.held'), lineage: id, version: whole, voterId: id }),
  z.object({ type: z.literal('register.fetch'), position: position.exactOptional() }),
  z.object({ type: z.literal('register.record'), record }),
  z.object({ type: z.literal('register.position'), position }),
  z.object({
    type: z.literal('register.inquire'),
    answer: z.boolean(),
    voterId: id,
    names,
    fresh: z.boolean(),
    looked: z.boolean(),
    joinOnly: z.boolean(),
  }),
])

const vote = z.object({
  voterId: id,
  incarnation: whole,
  after: position.exactOptional(),
  promised: ballot.exactOptional(),
  accepted: accepted.exactOptional(),
  joinOnly: z.boolean().exactOptional(),
  supersededBy: record.exactOptional(),
})

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string }

export function checkMessage(value: unknown): Checked<RegisterMessage> {
  return check(message, value)
}

export function checkRecord(value: unknown): Checked<RingRecord> {
  return check(record, value)
}

export function checkVote(value: unknown): Checked<VoteState> {
  return check(vote, value)
}

function check<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  const parsed = schema.safeParse(value, interpreted)
  if (parsed.success) return { ok: true, value: parsed.data }
  const issue = parsed.error.issues[0]
  return { ok: false, fault: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}` }
}
