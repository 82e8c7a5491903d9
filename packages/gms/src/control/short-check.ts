import { nodeNameMaxBytes } from '@ring/platform'
import type { GmsMessage } from '../core/messages.ts'
import { isCount, isProgress } from './probe-check.ts'

interface Field {
  readonly fits: (value: unknown) => boolean
  readonly isNeeded: boolean
}

const needed = (fits: Field['fits']): Field => ({ fits, isNeeded: true })
const optional = (fits: Field['fits']): Field => ({
  fits: (value) => value === undefined || fits(value),
  isNeeded: false,
})

const seq = needed(isCount)
const name = needed(isName)
const incarnation = needed(isCount)
const progress = needed(isProgress)
const flag = (value: unknown): boolean => typeof value === 'boolean'

/** The fields of messages that are a few numbers and names, and of which a ring says many. */
const messages: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  'gms.ping-req': { seq, target: name },
  'gms.lease-req': { seq, progress },
  'gms.lease-rsp': { seq, granted: needed(flag), forMs: optional(isLeaseMs) },
  'gms.suspect': { name, incarnation, first: optional(isFirst), soon: optional(flag) },
  'gms.refute': { incarnation, refutation: needed(isCount) },
  'gms.refused-report': { name, incarnation },
  'gms.linked-req': { name, incarnation },
  'gms.linked-rsp': { name, incarnation, linked: needed(flag) },
  'gms.follow': { progress: optional(isProgress), speaks: optional(isCount) },
  'gms.idle': {},
}

interface Shape {
  readonly fields: ReadonlyMap<string, Field>
  readonly needed: number
}

const shapes: ReadonlyMap<unknown, Shape> = new Map(
  Object.entries(messages).map(([type, fields]) => [
    type,
    { fields: new Map(Object.entries(fields)), needed: Object.values(fields).filter((one) => one.isNeeded).length },
  ]),
)

/**
 * A short message as it nearly always is, for which the schema takes five times as long. `undefined` for anything else, as with
 * probes: the schema looks at it then, and whatever this takes, the schema takes, too, and makes the same of it.
 */
export function asShort(value: object): GmsMessage | undefined {
  const given = value as Readonly<Record<string, unknown>>
  const shape = shapes.get(given['type'])
  if (shape === undefined) return undefined
  let found = 0
  for (const key of Object.keys(given)) {
    if (key === 'type') continue
    const field = shape.fields.get(key)
    if (field === undefined || !field.fits(given[key])) return undefined
    if (field.isNeeded) found++
  }
  return found === shape.needed ? (value as GmsMessage) : undefined
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= nodeNameMaxBytes
}

function isLeaseMs(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 600_000
}

function isFirst(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return false
  const { by, seq: at } = value as Readonly<Record<string, unknown>>
  return isName(by) && isCount(at)
}
