import { ConfigurationError } from './core/error.ts'
import type { ConfigurationSource } from './source.ts'

/** A value of a key; a list where the key takes one. */
export type ContentValue = string | number | boolean | readonly (string | number)[]

/** The keys of a section, in upper case, and their values. */
export interface SectionContent {
  readonly [key: string]: ContentValue | undefined
}

/** [GLOBAL]: the keys without which nothing is valid, and any other. */
export interface GlobalContent extends SectionContent {
  readonly GROUP: string
  readonly FILEVERSION: number | string
  readonly DELIVERMODE: 'hash' | 'random'
}

/** A configuration as an object: what its JSON form would be. Sections that a package defines stand beside these. */
export interface ConfigurationContent {
  readonly GLOBAL: GlobalContent
  readonly RING?: SectionContent | undefined
  readonly SVRNODE?: readonly SectionContent[] | undefined
  readonly SLVNODE?: readonly SectionContent[] | undefined
  readonly [section: string]: SectionContent | readonly SectionContent[] | undefined
}

const fileName = 'configuration object'
/** As deep as a configuration may be; a value that holds itself ends here, too. */
const deepest = 8

/**
 * An object that says what a file would say; it is read now, and a later change of it changes nothing.
 *
 * @throws ConfigurationError where it holds something that no configuration can say, such as a function or NaN
 */
export function sourceFromContent(content: ConfigurationContent): ConfigurationSource {
  return { kind: 'json', text: JSON.stringify(checked(content, [])) }
}

/** JSON would drop some values silently, and write others as something else. */
function checked(value: unknown, path: readonly string[]): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return value
  if (path.length > deepest) throw refused(path, 'must not nest that deep')
  if (Array.isArray(value)) return value.map((one, at) => checked(one, [...path, String(at)]))
  if (typeof value !== 'object' || value === null || !isPlain(value)) {
    throw refused(path, 'must be a text, a finite number, true or false, a list or a plain object')
  }
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(entries.map(([key, one]) => [key, checked(one, [...path, key])]))
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Without the value: it may be a secret. */
function refused([section, ...keys]: readonly string[], rule: string): ConfigurationError {
  return new ConfigurationError([
    {
      file: fileName,
      ...(section !== undefined && { section }),
      ...(keys.length > 0 && { key: keys.join('.') }),
      ...{ rule, severity: 'error' },
    },
  ])
}
