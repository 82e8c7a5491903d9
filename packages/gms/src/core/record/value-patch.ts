/**
 * What makes one plain value of another, for values that are large and differ in little: of maps the keys that changed, of
 * lists of one length the places. Whoever has the first value makes the same second one of it.
 */
export type ValuePatch =
  /** Another value, as a whole. */
  | { readonly is: unknown }
  /** A map: what became of these keys, and which are gone. */
  | { readonly map: Readonly<Record<string, ValuePatch>>; readonly gone?: readonly string[] }
  /** A list that stays as long as it was, or becomes longer: places in it, and what follows at its end. */
  | { readonly list: readonly (readonly [place: number, patch: ValuePatch])[]; readonly more?: readonly unknown[] }

/** `undefined` where both are the same. */
export function patchBetween(before: unknown, after: unknown): ValuePatch | undefined {
  if (Object.is(before, after)) return undefined
  if (isList(before) && isList(after) && before.length <= after.length) return listPatch(before, after)
  if (isMap(before) && isMap(after)) return mapPatch(before, after)
  if (isBytes(before) && isBytes(after) && sameBytes(before, after)) return undefined
  return { is: after }
}

/**
 * What comes of a patch from elsewhere; `undefined` where it is none, or the value is not of the shape that it is for. Never
 * throws.
 */
export function patched(before: unknown, patch: unknown): { readonly value: unknown } | undefined {
  if (!isMap(patch)) return undefined
  if ('is' in patch) return { value: patch['is'] }
  const { map, gone = [], list, more = [] } = patch
  if (isMap(map) && isMap(before) && isList(gone)) return patchedMap(before, map, gone)
  return isList(list) && isList(before) && isList(more) ? patchedList(before, list, more) : undefined
}

/** How many lists and maps stand within each other. */
export function levelsOf(value: unknown): number {
  const inner = isList(value) ? value : isMap(value) ? Object.values(value) : undefined
  return inner ? 1 + inner.reduce<number>((most, one) => Math.max(most, levelsOf(one)), 0) : 0
}

type Fields = Readonly<Record<string, unknown>>

function mapPatch(before: Fields, after: Fields): ValuePatch | undefined {
  const map: Record<string, ValuePatch> = {}
  for (const key of definedKeys(after)) {
    const patch = has(before, key) ? patchBetween(before[key], after[key]) : { is: after[key] }
    if (patch) map[key] = patch
  }
  const gone = definedKeys(before).filter((key) => !has(after, key))
  if (Object.keys(map).length + gone.length === 0) return undefined
  return { map, ...(gone.length > 0 && { gone }) }
}

function listPatch(before: readonly unknown[], after: readonly unknown[]): ValuePatch | undefined {
  const list: (readonly [number, ValuePatch])[] = []
  for (const [place, item] of before.entries()) {
    const patch = patchBetween(item, after[place])
    if (patch) list.push([place, patch])
  }
  const more = after.slice(before.length)
  if (list.length + more.length === 0) return undefined
  // Said place by place, a list of numbers is longer than anew.
  if (list.length * 3 > after.length) return { is: after }
  return { list, ...(more.length > 0 && { more }) }
}

function patchedMap(before: Fields, map: Fields, gone: readonly unknown[]): { readonly value: unknown } | undefined {
  const value = new Map(Object.entries(before))
  for (const [key, patch] of Object.entries(map)) {
    const next = key === '__proto__' ? undefined : patched(has(before, key) ? before[key] : undefined, patch)
    if (!next) return undefined
    value.set(key, next.value)
  }
  for (const key of gone) if (typeof key === 'string') value.delete(key)
  return { value: Object.fromEntries(value) }
}

function patchedList(
  before: readonly unknown[],
  list: readonly unknown[],
  more: readonly unknown[],
): { readonly value: unknown } | undefined {
  const value = [...before]
  for (const entry of list) {
    const [place, patch] = isList(entry) ? entry : []
    const isPlace = typeof place === 'number' && Number.isInteger(place) && place >= 0 && place < before.length
    const next = isPlace ? patched(before[place], patch) : undefined
    if (!next) return undefined
    value[place as number] = next.value
  }
  return { value: [...value, ...more] }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !isList(value) && !isBytes(value)
}

function has(fields: Fields, key: string): boolean {
  return Object.hasOwn(fields, key) && fields[key] !== undefined
}

function definedKeys(fields: Fields): readonly string[] {
  return Object.keys(fields).filter((key) => fields[key] !== undefined)
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at])
}
