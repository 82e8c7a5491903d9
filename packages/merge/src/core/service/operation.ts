import { z } from 'zod'

const serverName = z.string().min(1).max(255)
const mergeId = z.string().min(1).max(128)
const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const lives = z.array(z.object({ server: serverName, incarnation: count })).max(1_024)

/** What can be wanted of the lifecycle: by operators the first seven, by nodes all of them. */
const operation = z.discriminatedUnion('do', [
  /** `auto`: AUTOMERGE wants it, as a program has come; it does not overrule an operator. */
  z.object({ do: z.literal('service-in'), server: serverName, auto: z.boolean().optional() }),
  /** `auto`: AUTOMERGE wants it, of a dead server. `leaving`: the server stops, and comes into service again when it starts. */
  z.object({
    do: z.literal('service-out'),
    server: serverName,
    auto: z.boolean().optional(),
    leaving: z.boolean().optional(),
  }),
  z.object({ do: z.literal('merge') }),
  z.object({ do: z.literal('complete'), merge: mergeId.optional() }),
  z.object({ do: z.literal('abort'), merge: mergeId.optional() }),
  z.object({ do: z.literal('suspend') }),
  z.object({ do: z.literal('resume') }),
  /** A server holds all but the last of what it is to hold, as it was planned then. */
  z.object({ do: z.literal('done'), merge: mergeId, plannedAt: count, server: serverName, incarnation: count }),
  /** All that hold what moves have closed it, all that are to hold it do: for this closing (rule D4). */
  z.object({ do: z.literal('commit'), merge: mergeId, closingAt: count, closed: lives, filled: lives }),
  z.object({ do: z.literal('open'), merge: mergeId, closingAt: count }),
  /** The last program that held this life's data is gone. */
  z.object({ do: z.literal('emptied'), server: serverName, incarnation: count }),
])

export type ServiceOperation = z.infer<typeof operation>

/** Undefined for what does not fit. Never throws. */
export function serviceOperationOf(body: unknown): ServiceOperation | undefined {
  const { success, data } = operation.safeParse(body)
  return success ? data : undefined
}

/** Why nothing has changed. */
export type ServiceFailure =
  | 'invalid'
  | 'unknown-server'
  | 'already-in'
  | 'already-out'
  | 'already-coming'
  | 'already-going'
  | 'down'
  | 'operating'
  | 'last-server'
  | 'held'
  | 'no-merge'
  | 'nothing-to-merge'
  | 'not-done'
  | 'closing'
  | 'other-merge'
  | 'stale'
  | 'not-closed'
  | 'already-suspended'
  | 'not-suspended'

/** What an operation came to. */
export type ServiceOutcome =
  | {
      readonly ok: true
      /** What goes on now: nothing, data is being copied, or what moves is closed for its end. */
      readonly now: 'rest' | 'copying' | 'closing'
      /** The merge that began, goes on, or ended with this. */
      readonly merge?: string
    }
  | { readonly ok: false; readonly why: ServiceFailure; readonly servers?: readonly string[] }
