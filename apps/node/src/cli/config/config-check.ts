import {
  type AnySection,
  type Configuration,
  ConfigurationError,
  type ConfigurationSource,
  type Issue,
  loadConfiguration,
  type SelfNode,
} from '@ring/config'
import { NodeSetupError } from '../../errors.ts'
import { nodeSections } from '../../setup/configuration-sections.ts'
import { groupKeys, settingsWith } from '../../setup/node-settings.ts'
import { ringSection } from '../../setup/ring-section.ts'
import { exitCodes } from '../exit-codes.ts'
import { type CommandResult, type ConfigOptions, linesOf, selfOf } from './config-source.ts'

export interface CheckOptions extends ConfigOptions {
  readonly json?: boolean
}

/** `config check`: everything that keeps `run` from starting, and exit code 78 when there is any of it. */
export async function checkConfiguration(
  source: ConfigurationSource,
  options: CheckOptions,
  sections: readonly AnySection[] = nodeSections,
): Promise<CommandResult> {
  const issues = await issuesOf(source, options, sections)
  const errors = issues.filter(({ severity }) => severity === 'error').length
  const warnings = issues.length - errors
  const valid = errors === 0
  const out = options.json
    ? `${JSON.stringify({ valid, errors, warnings, issues }, undefined, 2)}\n`
    : `${linesOf(issues)}${source.kind === 'file' ? source.path : 'JSON string'}: ${summary(errors, warnings)}\n`
  return { out, err: '', exitCode: valid ? exitCodes.ok : exitCodes.configuration }
}

async function issuesOf(
  source: ConfigurationSource,
  options: CheckOptions,
  sections: readonly AnySection[],
): Promise<readonly Issue[]> {
  try {
    const configuration = await loadConfiguration(source, { sections })
    const file = source.kind === 'file' ? source.path : 'JSON string'
    const problems = await problemsOf(configuration, options)
    return [...configuration.warnings, ...problems.map((rule): Issue => ({ file, rule, severity: 'error' }))]
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return error.issues
  }
}

/** Why a node of this configuration would not start: the one that the flags name, else any of its servers. */
async function problemsOf(configuration: Configuration, options: CheckOptions): Promise<readonly string[]> {
  // Without a flag the file may be meant for another machine.
  const isAsked = options.ctlport !== undefined || options.cuk !== undefined || configuration.servers.length === 0
  const found = isAsked ? await selfOf(configuration, options) : undefined
  if (found?.kind === 'unknown') return [found.issue.rule]
  const selves: readonly SelfNode[] = found
    ? [found.self]
    : configuration.servers.map((node, index) => ({ role: 'server', node, index, name: node.name }))
  try {
    const keys = await groupKeys(configuration.section(ringSection))
    return [
      ...new Set(
        selves.flatMap((self) =>
          problemOf(() => settingsWith(configuration, { self, keys, ownAddress: '127.0.0.1' }, {})),
        ),
      ),
    ]
  } catch (error) {
    if (error instanceof NodeSetupError) return [error.message]
    throw error
  }
}

function problemOf(reading: () => unknown): readonly string[] {
  try {
    reading()
    return []
  } catch (error) {
    if (error instanceof NodeSetupError) return [error.message]
    throw error
  }
}

const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`

function summary(errors: number, warnings: number): string {
  if (errors > 0) return `not valid, ${counted(errors, 'error')}, ${counted(warnings, 'warning')}`
  return warnings > 0 ? `valid, ${counted(warnings, 'warning')}` : 'valid'
}
