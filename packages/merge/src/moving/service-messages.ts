import { nodeNameMaxBytes } from '@ring/platform'
import * as z from 'zod'

const merge = z.string().min(1).max(128)
const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)

/** How far a server is with a merge, and what it waits for. */
const progress = z.object({
  merge,
  items: count,
  bytes: count,
  rounds: count,
  /** Why it does not go on, for people. */
  why: z.string().max(300).optional(),
})

/** What a node says of itself: what no record says, since it is of this moment. */
const report = z.object({
  /** Rises with every report of a life. */
  sequence: count,
  /** Attached server programs, and those of them that hold data. */
  programs: count,
  dataPrograms: count,
  /** Programs here have held data in this life. */
  hadData: z.boolean(),
  atMs: count,
  progress: progress.optional(),
})

const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('service.closed'), merge, closingAt: count }),
  z.object({ type: z.literal('service.filled'), merge, closingAt: count }),
  z.object({ type: z.literal('service.report'), report }),
  /** Say it again: a view was spoiled, or somebody has just come. */
  z.object({ type: z.literal('service.report-req'), of: z.string().max(nodeNameMaxBytes).optional() }),
])

export type MovingProgress = z.infer<typeof progress>
export type ServiceReport = z.infer<typeof report>
/** What nodes say to each other about servers and merges (docs/protocol.md, section 5.4). */
export type ServiceMessage = z.infer<typeof message>

/** Undefined for anything that is not a valid one. Never throws. */
export function decodeServiceMessage(value: unknown): ServiceMessage | undefined {
  const parsed = message.safeParse(value)
  return parsed.success ? parsed.data : undefined
}
