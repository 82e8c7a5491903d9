import { isPackedWell } from '@ring/platform'
import { Packr, Unpackr } from 'msgpackr'
import * as z from 'zod'
import type { DataItem } from './data-store.ts'

/** The service that a program serves whose data moves with its keys (docs/protocol.md, section 5.4). */
export const dataService = 'ring.data'

const name = z.string().min(1).max(128)
const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const partitions = z.number().int().min(0).max(65_536)
const keySet = z.object({
  strategy: z.enum(['ring', 'chmpx']),
  partitions,
  runs: z.array(partitions).max(131_072),
})
const selection = z.array(keySet).min(1).max(4)
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)

const request = z.discriminatedUnion('op', [
  z.object({ op: z.literal('begin'), merge: name, isReturning: z.boolean() }),
  z.object({ op: z.literal('read'), merge: name, select: selection, since: count, maxBytes: count }),
  z.object({ op: z.literal('write'), merge: name, items: bytes }),
  z.object({ op: z.literal('close'), merge: name, select: selection }),
  z.object({ op: z.literal('open'), merge: name }),
  z.object({ op: z.literal('commit'), merge: name, gained: z.array(selection).max(1_024), holds: selection }),
  z.object({ op: z.literal('abort'), merge: name }),
])

/** What a node asks of a program that holds data: one MessagePack map. */
export type DataRequest = z.infer<typeof request>

const answer = z.object({
  /** The items packed by themselves, so that whoever passes them on need not look into them. */
  items: bytes,
  count,
  mark: count,
  more: z.boolean(),
})

/** The answer to a read. */
export type DataAnswer = z.infer<typeof answer>

const packr = new Packr({ useRecords: false, variableMapSize: true })
// A program in another language writes whole numbers in any form: those of 64 bits are none other.
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' })

export function packData(value: DataRequest | DataAnswer | Record<string, never>): Uint8Array {
  return packr.pack(value)
}

export function packItems(items: readonly DataItem[]): Uint8Array {
  return packr.pack(items)
}

/** Undefined for what is not one. Never throws. */
export function dataRequestOf(body: Uint8Array): DataRequest | undefined {
  const parsed = request.safeParse(unpacked(body))
  return parsed.success ? parsed.data : undefined
}

/** Undefined for what is not one. Never throws. */
export function dataAnswerOf(body: Uint8Array): DataAnswer | undefined {
  const parsed = answer.safeParse(unpacked(body))
  return parsed.success ? parsed.data : undefined
}

/** Undefined where one of them does not fit. Never throws. */
export function dataItemsOf(body: Uint8Array): readonly DataItem[] | undefined {
  const items = unpacked(body)
  if (!Array.isArray(items)) return undefined
  return items.every(isItem) ? items : undefined
}

/** By hand: there are many of them. */
function isItem(item: unknown): item is DataItem {
  if (!Array.isArray(item) || item.length !== 2) return false
  const [key, value] = item as readonly unknown[]
  const isKey =
    typeof key === 'string' || key instanceof Uint8Array || (Number.isSafeInteger(key) && (key as number) >= 0)
  return isKey && (value === null || value instanceof Uint8Array)
}

function unpacked(body: Uint8Array): unknown {
  if (!isPackedWell(body)) return undefined
  try {
    return unpackr.unpack(body)
  } catch {
    return undefined
  }
}
