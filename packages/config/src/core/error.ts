import { formatIssue, type Issue } from './issue.ts'

const printed = 100

/** The configuration cannot be used. `issues` holds every error and warning that was found, in the order of the file. */
export class ConfigurationError extends Error {
  readonly code = 'RING_CONFIG_INVALID'
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[], options?: ErrorOptions) {
    const errors = issues.filter((issue) => issue.severity === 'error')
    const rest = errors.length > printed ? [`... and ${errors.length - printed} more`] : []
    const lines = [...errors.slice(0, printed).map(formatIssue), ...rest]
    const count = errors.length === 1 ? 'an error' : `${errors.length} errors`
    super(`The configuration has ${count}; correct it and start again:\n${lines.join('\n')}`, options)
    this.name = 'ConfigurationError'
    this.issues = issues
  }
}

/** A section was asked for that the configuration was not loaded with: pass it in `sections` when loading. */
export class SectionNotLoadedError extends Error {
  readonly code = 'RING_CONFIG_SECTION_NOT_LOADED'

  constructor(section: string) {
    super(`[${section}] is not part of this configuration; pass its definition in "sections" when loading.`)
    this.name = 'SectionNotLoadedError'
  }
}
