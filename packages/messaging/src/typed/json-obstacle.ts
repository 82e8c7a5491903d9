import { shown } from '@ring/platform'

/**
 * Why JSON would not give this value back as it is: what stands in its way, and where; `undefined` when nothing does. Ends for
 * every value: what is larger than `mostValues`, or deeper than `deepest`, is an obstacle.
 */
export function jsonObstacle(value: unknown, deepest: number, mostValues: number): string | undefined {
  let left = mostValues
  const look = (one: unknown, depth: number): Obstacle | undefined => {
    if (--left < 0) return { path: '', why: 'it has too many parts' }
    switch (typeof one) {
      case 'string':
      case 'boolean':
        return undefined
      case 'number':
        return isExact(one)
          ? undefined
          : { path: '', why: `${Object.is(one, -0) ? '-0' : one} would not arrive as it is` }
      case 'object':
        if (one === null) return undefined
        if (depth === deepest) return { path: '', why: `it nests more than ${deepest} deep, or is part of itself` }
        return Array.isArray(one) ? inList(one, depth) : inObject(one, depth)
      case 'undefined':
        return { path: '', why: 'undefined would get lost; leave it out, or give null' }
      default:
        return { path: '', why: `${typeof one === 'symbol' ? 'a symbol' : shown(one)} is nothing that JSON has` }
    }
  }
  const inList = (list: readonly unknown[], depth: number): Obstacle | undefined => {
    if (Object.keys(list).length !== list.length)
      return { path: '', why: 'a list with holes, or with names, would change' }
    for (let place = 0; place < list.length; place++) {
      const found = look(list[place], depth + 1)
      if (found !== undefined) return within(`[${place}]`, found)
    }
    return undefined
  }
  const inObject = (object: object, depth: number): Obstacle | undefined => {
    if (!isPlain(object)) return { path: '', why: `${shown(object)} would arrive as something else` }
    for (const [name, part] of Object.entries(object)) {
      const found = look(part, depth + 1)
      if (found !== undefined) return within(`.${name}`, found)
    }
    return undefined
  }
  const found = look(value, 0)
  return found && `${found.why}${found.path === '' ? '' : ` (at ${found.path.slice(0, longestPath)})`}`
}

interface Obstacle {
  readonly path: string
  readonly why: string
}

const longestPath = 200

function within(step: string, { path, why }: Obstacle): Obstacle {
  return { path: `${step}${path}`, why }
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0)
}

/** Made by `{}`, here or in another realm, with nothing that JSON passes over or asks. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object)
  const isBare = prototype === null || Object.getPrototypeOf(prototype) === null
  return isBare && Object.getOwnPropertySymbols(object).length === 0 && !('toJSON' in object)
}

const quote = 0x22
const backslash = 0x5c
const [list, listEnd, object, objectEnd] = [0x5b, 0x5d, 0x7b, 0x7d]

/** How deep lists and objects of a JSON text stand in each other, whether or not it is one. */
export function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let isText = false
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at)
    if (isText) {
      if (letter === backslash) at++
      else if (letter === quote) isText = false
    } else if (letter === quote) isText = true
    else if (letter === list || letter === object) deepest = Math.max(deepest, ++depth)
    else if (letter === listEnd || letter === objectEnd) depth--
  }
  return deepest
}
