import { addressMaxChars } from '@ring/platform'

/**
 * What a member says of itself beyond its name and address. It spreads with views and can change while the member
 * lives. Small by rule: {@link metadataFault} tells what is too much.
 */
export interface MemberMetadata {
  /** Where it stands: copies go to different zones. At most 64 characters. */
  readonly zone?: string
  /** Its share of the work, against the others' (1 where it does not say); above 0, at most 1000. */
  readonly weight?: number
  /** Which version of the user's software it runs. At most 64 characters. */
  readonly version?: string
  /** Where else it can be reached (`host:port`), for the user's own purposes. At most 8. */
  readonly addresses?: readonly string[]
  /** Anything else, as short texts: at most 16, names and values of at most 64 characters. */
  readonly labels?: Readonly<Record<string, string>>
}

/** How much of each a member may say. */
export const metadataBounds = { textMax: 64, weightMax: 1000, addressesMax: 8, labelsMax: 16 } as const
const { textMax, weightMax, addressesMax, labelsMax } = metadataBounds

/**
 * Why metadata cannot be taken, in words for the caller; `undefined` when they can. Types are looked at, too: what one
 * member says, all the others have to understand.
 */
export function metadataFault(metadata: MemberMetadata): string | undefined {
  if (!isPlain(metadata)) return 'it is no plain object'
  const { zone, weight, version, addresses, labels } = metadata
  return (
    textFault('zone', zone) ??
    textFault('version', version) ??
    (weight === undefined || (typeof weight === 'number' && weight > 0 && weight <= weightMax)
      ? undefined
      : `weight is no number above 0 and at most ${weightMax}`) ??
    addressesFault(addresses) ??
    labelsFault(labels)
  )
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textFault(what: string, value: unknown, max: number = textMax): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string') return `${what} is no text`
  return value.length > max ? `${what} is longer than ${max} characters` : undefined
}

function addressesFault(addresses: unknown): string | undefined {
  if (addresses === undefined) return undefined
  if (!Array.isArray(addresses)) return 'addresses is no list'
  if (addresses.length > addressesMax) return `there are more than ${addressesMax} addresses`
  for (const text of addresses as readonly unknown[]) {
    const fault = text === undefined ? 'an address is no text' : textFault('an address', text, addressMaxChars)
    if (fault !== undefined) return fault
  }
  return undefined
}

function labelsFault(labels: unknown): string | undefined {
  if (labels === undefined) return undefined
  if (!isPlain(labels)) return 'labels is no plain object'
  const pairs = Object.entries(labels)
  if (pairs.length > labelsMax) return `there are more than ${labelsMax} labels`
  for (const [name, value] of pairs) {
    const shown = `label ${name.slice(0, textMax)}`
    if (name.length > textMax) return `${shown} is longer than ${textMax} characters`
    const fault = value === undefined ? `${shown} is no text` : textFault(shown, value)
    if (fault !== undefined) return fault
  }
  return undefined
}
