import { SectionNotLoadedError } from './error.ts'
import type { Issue } from './issue.ts'
import type { ServerNode, SlaveNode } from './nodes/nodes.ts'
import type { GlobalSettings } from './sections/global-section.ts'
import type { AnySection, Section, SectionFields, SectionValues } from './sections/section.ts'
import type { Syntax } from './text/syntax.ts'

/** Where a configuration came from. `path` is absolute. */
export type ConfigurationOrigin =
  | { readonly kind: 'file'; readonly path: string; readonly syntax: Syntax }
  | { readonly kind: 'json' }

/** What {@link Configuration} is made of. */
export interface ConfigurationParts {
  readonly source: ConfigurationOrigin
  readonly global: GlobalSettings
  readonly servers: readonly ServerNode[]
  readonly slaves: readonly SlaveNode[]
  readonly warnings: readonly Issue[]
  /** Every section that it was read with, its own first. */
  readonly definitions: readonly AnySection[]
  readonly sections: ReadonlyMap<AnySection, unknown>
}

/** Freezes plain data to its ground. */
export function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) deepFrozen<unknown>(part)
  return value
}

/** A configuration that has passed every check. It is frozen, and equal whatever form it was read from. */
export class Configuration {
  readonly source: ConfigurationOrigin
  readonly global: GlobalSettings
  /** In the order of the file, patterns expanded. None only where a section says how servers are found. */
  readonly servers: readonly ServerNode[]
  readonly slaves: readonly SlaveNode[]
  /** What was understood, but probably not as meant: unknown keys, values that another key overrules. */
  readonly warnings: readonly Issue[]
  readonly #definitions: readonly AnySection[]
  readonly #sections: ReadonlyMap<AnySection, unknown>

  constructor(parts: ConfigurationParts) {
    this.source = deepFrozen(parts.source)
    this.global = deepFrozen(parts.global)
    this.servers = deepFrozen(parts.servers)
    this.slaves = deepFrozen(parts.slaves)
    this.warnings = deepFrozen(parts.warnings)
    for (const values of parts.sections.values()) deepFrozen(values)
    this.#definitions = Object.freeze([...parts.definitions])
    this.#sections = parts.sections
    Object.freeze(this)
  }

  /** The sections that it was read with: [GLOBAL], [SVRNODE], [SLVNODE], and those that packages brought. */
  get sections(): readonly AnySection[] {
    return this.#definitions
  }

  /**
   * The values of a section that a package defined: one object, or for a section that repeats, one for each occurrence.
   *
   * @throws SectionNotLoadedError when this definition was not passed to the loader
   */
  section<Fields extends SectionFields>(section: Section<Fields, true>): readonly SectionValues<Fields>[]
  section<Fields extends SectionFields>(section: Section<Fields, false>): SectionValues<Fields>
  section(section: AnySection): unknown {
    const values = this.#sections.get(section)
    if (values === undefined) throw new SectionNotLoadedError(section.name)
    return values
  }
}
