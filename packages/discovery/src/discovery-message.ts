import { addressMaxChars, addressPattern, interpreted, nodeNameMaxBytes } from '@ring/platform'
import * as z from 'zod'
import { type DiscoveryMessage, groupSizeMax } from './core/answer.ts'

const name = z.string().min(1).max(nodeNameMaxBytes)
const address = z.string().max(addressMaxChars).regex(addressPattern)
const lineage = z.string().min(1).max(64)
const count = z.number().int().nonnegative()

const standing = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('member'),
    coordinator: z.object({ name, address }),
    lineage,
    version: count,
    members: z.array(z.object({ name, address })).max(groupSizeMax),
    size: count.optional(),
  }),
  z.object({ kind: z.literal('newcomer'), stored: z.object({ lineage, version: count }).optional() }),
])

const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('discovery.get-mbrs-req'), run: count }),
  z.object({
    type: z.literal('discovery.get-mbrs-rsp'),
    run: count,
    answer: z.object({ name, incarnation: count, address, voterId: z.string().max(64), standing }),
  }),
])

/** A decoded control message as a discovery message; `undefined` where it is none, or not a valid one. */
export function decodeDiscoveryMessage(value: unknown): DiscoveryMessage | undefined {
  const parsed = message.safeParse(value, interpreted)
  // The schema checks what the brands of names and addresses stand for.
  return parsed.success ? (parsed.data as DiscoveryMessage) : undefined
}
