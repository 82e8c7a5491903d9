import { absent, broken, type Field, type FieldOptions, type FieldValue, fieldOf, given } from '../sections/field.ts'

/** One NAME may become at most this many servers, so that `[1-9][1-9][1-9]...` cannot fill the memory. */
export const mostHosts = 1024

/** All NAMEs of a configuration together: as many as CHMPX can count. */
export const mostServers = 32_768

const hostRule = 'must be host names or addresses, with ranges such as web[1-3].example'
const plainHost = /^[a-z0-9_.:%-]{1,255}$/i
const bracketedAddress = /^\[([0-9a-f.%]*:[0-9a-f:.%]*)\]$/i

/** Splits at commas that are not inside brackets. */
export function splitNames(text: string): readonly string[] {
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

/** `1-3` to 1, 2, 3, and `08-10` to 8, 9, 10, as in CHMPX; `a-c` to a, b, c; a single word to itself. */
function range(item: string, limit: number): readonly string[] | undefined {
  const numbers = /^(\d{1,9})-(\d{1,9})$/.exec(item)
  if (numbers !== null) {
    const [first, last] = [Number(numbers[1]), Number(numbers[2])]
    if (last < first || last - first >= limit) return undefined
    return Array.from({ length: last - first + 1 }, (_, step) => String(first + step))
  }
  const letters = /^(?:([a-z])-([a-z])|([A-Z])-([A-Z]))$/.exec(item)
  if (letters === null) return /^\w+$/.test(item) ? [item] : undefined
  const from = (letters[1] ?? letters[3])!.charCodeAt(0)
  const to = (letters[2] ?? letters[4])!.charCodeAt(0)
  if (to < from) return undefined
  return Array.from({ length: to - from + 1 }, (_, step) => String.fromCharCode(from + step))
}

/** What the inside of brackets stands for; blanks in it do not count, and what is given again counts once. */
function choices(bracket: string, limit: number): readonly string[] | undefined {
  const ranges = bracket.split(',').map((item) => range(item.replace(/\s+/g, ''), limit))
  return ranges.includes(undefined) ? undefined : [...new Set(ranges.flatMap((items) => items ?? []))]
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
  return hosts.every((host) => plainHost.test(host)) ? [...new Set(hosts)] : undefined
}

/** `s[08-10]` looks as if it kept its zeros. */
const isPadded = (name: string) => /\[[^\]]*\b0\d+\s*-/.test(name)

/** The NAME of a server section: one host, several with commas or as an array, ranges expanded. */
export function hostNames<Options extends FieldOptions<readonly string[]>>(
  options: Options,
): Field<FieldValue<readonly string[], Options>> {
  const convert: Field<readonly string[]>['convert'] = (raw, { takeHosts }) => {
    const names = typeof raw === 'string' ? splitNames(raw) : raw.flatMap(splitNames)
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
    const remark = 'has a range with leading zeros, which the names do not get, as in CHMPX'
    return given([...new Set(hosts)], names.some(isPadded) ? remark : undefined)
  }
  const accepts = `host names or addresses, with ranges such as web[1-3].example, at most ${mostHosts} in all`
  return fieldOf<readonly string[], Options>('host names', options, convert, {
    accepts,
    show: (hosts) => hosts.join(', '),
  })
}
