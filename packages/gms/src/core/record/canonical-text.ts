/**
 * A text that is the same for the same value, whatever order its maps were made in; what is undefined is not there. Any value
 * that a decoder of MessagePack makes has one, whole numbers beyond 2^53 included.
 */
export function canonicalText(value: unknown): string {
  switch (typeof value) {
    case 'object':
      if (value === null) return 'null'
      if (value instanceof Uint8Array) return `<${value.join()}>`
      return Array.isArray(value) ? listText(value) : mapText(value as Readonly<Record<string, unknown>>)
    case 'bigint':
      return `${value}n`
    default:
      return value === undefined ? 'null' : JSON.stringify(value)
  }
}

function listText(list: readonly unknown[]): string {
  // A partition table is thousands of numbers.
  if (list.every((item) => typeof item === 'number')) return JSON.stringify(list)
  return `[${list.map(canonicalText).join()}]`
}

function mapText(map: Readonly<Record<string, unknown>>): string {
  const entries = Object.keys(map)
    .filter((key) => map[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalText(map[key])}`)
  return `{${entries.join()}}`
}
