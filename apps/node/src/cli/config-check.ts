import { ConfigurationError, type ConfigurationSource, type Issue, loadConfiguration } from '@ring/config'
import { exitCodes } from '../exit-codes.ts'
import { ringSection } from '../ring-section.ts'
import { type CommandResult, type ConfigOptions, linesOf, selfOf } from './config-source.ts'

export interface CheckOptions extends ConfigOptions {
  readonly json?: boolean
}

/** `config check`: everything that is wrong, and exit code 78 when that is more than a warning. */
export async function checkConfiguration(source: ConfigurationSource, options: CheckOptions): Promise<CommandResult> {
  const issues = await issuesOf(source, options)
  const errors = issues.filter(({ severity }) => severity === 'error').length
  const warnings = issues.length - errors
  const valid = errors === 0
  const out = options.json
    ? `${JSON.stringify({ valid, errors, warnings, issues }, undefined, 2)}\n`
    : `${linesOf(issues)}${source.kind === 'file' ? source.path : 'JSON string'}: ${summary(errors, warnings)}\n`
  return { out, err: '', exitCode: valid ? exitCodes.ok : exitCodes.configuration }
}

async function issuesOf(source: ConfigurationSource, options: CheckOptions): Promise<readonly Issue[]> {
  try {
    const configuration = await loadConfiguration(source, { sections: [ringSection] })
    // Without a flag the file may be meant for another machine.
    if (options.ctlport === undefined && options.cuk === undefined) return configuration.warnings
    const found = await selfOf(configuration, options)
    return found.kind === 'node' ? configuration.warnings : [...configuration.warnings, found.issue]
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return error.issues
  }
}

const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`

function summary(errors: number, warnings: number): string {
  if (errors > 0) return `not valid, ${counted(errors, 'error')}, ${counted(warnings, 'warning')}`
  return warnings > 0 ? `valid, ${counted(warnings, 'warning')}` : 'valid'
}
