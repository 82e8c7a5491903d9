/** Deeper than any part of a record; what is deeper could not be read back where the stack is small. */
const deepest = 64

/**
 * Why a value cannot be agreed on: all nodes must come to hold the same, bytes on the wire and on disk included. A record may
 * hold `null`, yes and no, finite numbers, text, bytes, lists and plain maps. Undefined when it may.
 *
 * Minus zero is refused since MessagePack makes it 0, NaN and infinities since they are not equal or not everywhere, and
 * `undefined` since it becomes `null`.
 */
export function agreedValueFault(value: unknown, path: string): string | undefined {
  return faultOf(value, path, 0)
}

function faultOf(value: unknown, path: string, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined
    case 'number':
      if (Object.is(value, -0)) return `${path} is minus zero`
      return Number.isFinite(value) ? undefined : `${path} is ${value}`
    case 'object':
      if (value === null || value instanceof Uint8Array) return undefined
      if (depth === deepest) return `${path} lies deeper than ${deepest} levels`
      return Array.isArray(value) ? faultOfList(value, path, depth + 1) : faultOfMap(value, path, depth + 1)
    default:
      return `${path} is ${value === undefined ? 'undefined' : `a ${typeof value}`}`
  }
}

function faultOfList(list: readonly unknown[], path: string, depth: number): string | undefined {
  for (const [at, item] of list.entries()) {
    const fault = faultOf(item, `${path}[${at}]`, depth)
    if (fault !== undefined) return fault
  }
  return undefined
}

function faultOfMap(map: object, path: string, depth: number): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(map)
  if (prototype !== Object.prototype && prototype !== null) return `${path} is no plain map`
  for (const [key, item] of Object.entries(map)) {
    if (key === '__proto__') return `${path} has a key that is none: __proto__`
    const fault = faultOf(item, `${path}.${key}`, depth)
    if (fault !== undefined) return fault
  }
  return undefined
}
