import type { GmsMessage } from '../core/messages.ts'

/** What probes and their answers say, and nothing else. */
const probeKeys: ReadonlySet<string> = new Set(['type', 'seq', 'progress', 'cannotVote'])
const answerKeys: ReadonlySet<string> = new Set([...probeKeys, 'knowsYou', 'unsure'])

/**
 * A probe or its answer as it nearly always is: they are most of what members say, all the time, and the schema takes ten times as
 * long for them. `undefined` for anything else, and for what the schema has to look at: unknown fields, wrong types. Whatever this
 * takes, the schema takes, too, and makes the same of it.
 */
export function asProbe(value: object): GmsMessage | undefined {
  const { type, seq, progress, cannotVote, knowsYou, unsure } = value as Readonly<Record<string, unknown>>
  if (type !== 'gms.ping' && type !== 'gms.ack') return undefined
  const isAnswer = type === 'gms.ack'
  const isSound = isCount(seq) && isFlag(cannotVote) && isFlag(unsure) && (!isAnswer || typeof knowsYou === 'boolean')
  if (!isSound || (progress !== undefined && !isProgress(progress))) return undefined
  const keys = isAnswer ? answerKeys : probeKeys
  for (const key of Object.keys(value)) if (!keys.has(key)) return undefined
  return value as GmsMessage
}

/** How far somebody is, and nothing else. */
export function isProgress(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return false
  const { lineage, version } = value as Readonly<Record<string, unknown>>
  return typeof lineage === 'string' && lineage.length > 0 && lineage.length <= 64 && isCount(version)
}

export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean'
}
