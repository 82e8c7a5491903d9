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

const textMax = 64
const addressesMax = 8
const addressMax = 300
const labelsMax = 16

/** Why metadata cannot be taken, in words for the caller; `undefined` when they can. */
export function metadataFault({
  zone,
  weight,
  version,
  addresses = [],
  labels = {},
}: MemberMetadata): string | undefined {
  const pairs = Object.entries(labels)
  if ((zone?.length ?? 0) > textMax) return `zone is longer than ${textMax} characters`
  if ((version?.length ?? 0) > textMax) return `version is longer than ${textMax} characters`
  if (weight !== undefined && !(weight > 0 && weight <= 1000)) return 'weight is not above 0 and at most 1000'
  if (addresses.length > addressesMax) return `there are more than ${addressesMax} addresses`
  if (addresses.some((text) => text.length > addressMax)) return `an address is longer than ${addressMax} characters`
  if (pairs.length > labelsMax) return `there are more than ${labelsMax} labels`
  const long = pairs.find(([name, value]) => name.length > textMax || value.length > textMax)
  return long && `label ${long[0].slice(0, textMax)} is longer than ${textMax} characters`
}
