import { absent, broken, type Field, type FieldOptions, type FieldValue, fieldOf, given } from './field.ts'

/** One NAME may become at most this many servers, so that `[1-9][1-9][1-9]...` cannot fill the memory. */
export const mostHosts = 1024

/** All NAMEs of a configuration together: as many as CHMPX can count. */
export const mostServers = 32_768

const hostRule = 'must be host names or addresses, with ranges such as web[1-3].example'
const plainHost = /^[a-z0-9_.:%-]{1,255}$/i
const bracketedAddress = /^\[([0-9a-f.%]*:[0-9a-f:.%]*)\]$/i

/** Splits at commas that are not inside brackets. */
function split(text: string): readonly string[] {
  const parts: string[] = []
  let start = 0
  let inside = false
  for (let index = 0; index <= text.length; index++) {
    const character = text[index]
    if (character === '[') inside = true
    else if (character === ']') inside = false
    else if (character === undefined || (character === ',' && !inside)) {
      parts.push(text.slice(start, index).trim())
      start = index + 1
    }
  }
  return parts.filter((part) => part !== '')
}

/** `1-3` to 1, 2, 3 (`01-03` keeps its width); `a-c` to a, b, c; a single word to itself. */
function range(item: string, limit: number): readonly string[] | undefined {
  const numbers = /^(\d{1,9})-(\d{1,9})$/.exec(item)
  if (numbers !== null) {
    const [first, last, width] = [Number(numbers[1]), Number(numbers[2]), numbers[1]!.length]
    if (last < first || last - first >= limit) return undefined
    return Array.from({ length: last - first + 1 }, (_, step) => String(first + step).padStart(width, '0'))
  }
  const letters = /^(?:([a-z])-([a-z])|([A-Z])-([A-Z]))$/.exec(item)
  if (letters === null) return /^[a-z0-9]+$/i.test(item) ? [item] : undefined
  const from = (letters[1] ?? letters[3])!.charCodeAt(0)
  const to = (letters[2] ?? letters[4])!.charCodeAt(0)
  if (to < from) return undefined
  return Array.from({ length: to - from + 1 }, (_, step) => String.fromCharCode(from + step))
}

function choices(bracket: string, limit: number): readonly string[] | undefined {
  const ranges = bracket.split(',').map((item) => range(item.trim(), limit))
  return ranges.includes(undefined) ? undefined : ranges.flatMap((items) => items ?? [])
}

/**
 * The hosts that a name stands for: `web[1-3,x].example` stands for four, several brackets multiply. Undefined when it
 * is no host name, or stands for more than `limit`.
 */
export function expandHost(name: string, limit = mostHosts): readonly string[] | undefined {
  const ipv6 = bracketedAddress.exec(name)?.[1]
  if (ipv6 !== undefined) return [ipv6]
  const parts = name.split(/\[([^[\]]*)\]/)
  let hosts: readonly string[] = ['']
  for (const [index, part] of parts.entries()) {
    const items = index % 2 === 0 ? [part] : choices(part, limit)
    if (items === undefined || hosts.length * items.length > limit) return undefined
    hosts = hosts.flatMap((host) => items.map((item) => host + item))
  }
  return hosts.every((host) => plainHost.test(host)) ? hosts : undefined
}

/** The NAME of a server section: one host, several with commas or as an array, ranges expanded. */
export function hostNames<Options extends FieldOptions<readonly string[]>>(
  options: Options,
): Field<FieldValue<readonly string[], Options>> {
  const convert: Field<readonly string[]>['convert'] = (raw, { takeHosts }) => {
    const names = typeof raw === 'string' ? split(raw) : raw.flatMap(split)
    if (names.length === 0) return absent
    const tooMany = broken(`must be at most ${mostServers} hosts, all [SVRNODE] together`)
    if (takeHosts?.(0) === false) return tooMany
    const hosts: string[] = []
    for (const name of names) {
      const expanded = expandHost(name, mostHosts - hosts.length)
      if (expanded === undefined) return broken(`${hostRule}, at most ${mostHosts} in all`)
      hosts.push(...expanded)
    }
    if (takeHosts?.(hosts.length) === false) return tooMany
    return given(hosts)
  }
  const accepts = `host names or addresses, with ranges such as web[1-3].example, at most ${mostHosts} in all`
  return fieldOf<readonly string[], Options>('host names', options, convert, {
    accepts,
    show: (hosts) => hosts.join(', '),
  })
}

const everything = new Set(['[.]*', '.*', '*'])

const posixClasses: readonly (readonly [string, string])[] = [
  ['[:alpha:]', 'A-Za-z'],
  ['[:digit:]', '0-9'],
  ['[:alnum:]', 'A-Za-z0-9'],
  ['[:lower:]', 'a-z'],
  ['[:upper:]', 'A-Z'],
  ['[:xdigit:]', '0-9A-Fa-f'],
]

/**
 * The test for a slave's NAME or CUK. The expression must match as a whole: CHMPX finds it anywhere in the name, so
 * that there `web1` lets `web10` in too. Undefined when it is not a regular expression.
 */
export function slaveMatcher(pattern: string): ((text: string) => boolean) | undefined {
  if (everything.has(pattern)) return () => true
  const expanded = expandHost(pattern)
  if (expanded !== undefined && pattern.includes('[')) {
    const hosts = new Set(expanded.map((host) => host.toLowerCase()))
    return (text) => hosts.has(text.toLowerCase())
  }
  let source = pattern
  for (const [name, characters] of posixClasses) source = source.replaceAll(name, characters)
  try {
    const expression = new RegExp(`^(?:${source})$`, 'i')
    return (text) => text.length <= 255 && (text.toLowerCase() === pattern.toLowerCase() || expression.test(text))
  } catch {
    return undefined
  }
}
