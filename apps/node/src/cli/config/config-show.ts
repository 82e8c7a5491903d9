import { statSync } from 'node:fs'
import {
  type AnySection,
  type Configuration,
  type ConfigurationSource,
  chmpxText,
  type EffectiveSection,
  effectiveValues,
  loadConfiguration,
} from '@ring/config'
import { machineAddresses } from '@ring/transport'
import { nodeSections } from '../../setup/configuration-sections.ts'
import { exitCodes } from '../exit-codes.ts'
import { type CommandResult, type ConfigOptions, type FoundNode, linesOf, selfOf, withValid } from './config-source.ts'

export interface ShowOptions extends ConfigOptions {
  readonly json?: boolean
  readonly chmpx?: boolean
  readonly ownAddress?: string
}

/** `config show`: the values that hold, the same text for every form of one configuration. Secrets are masked. */
export function showConfiguration(
  source: ConfigurationSource,
  options: ShowOptions,
  sections: readonly AnySection[] = nodeSections,
): Promise<CommandResult> {
  return withValid(async () => {
    const configuration = await loadConfiguration(source, { sections })
    const found = await selfOf(configuration, options)
    return { out: textOf(configuration, options, found), err: linesOf(configuration.warnings), exitCode: exitCodes.ok }
  })
}

function textOf(configuration: Configuration, options: ShowOptions, found: FoundNode): string {
  if (options.chmpx) return asChmpx(configuration, options, found)
  return options.json ? asJson(configuration, found) : asText(configuration, found)
}

function asText(configuration: Configuration, found: FoundNode): string {
  const { group, fileVersion } = configuration.global
  const node =
    found.kind === 'node' ? `${found.self.role} ${found.self.name}` : `not to be told here, because ${found.issue.rule}`
  const blocks = effectiveValues(configuration).map(blockOf)
  return `Ring ${group}, revision ${fileVersion}\nThis node: ${node}\n\n${blocks.join('\n')}`
}

const keyWidth = 16

function blockOf({ section, values }: EffectiveSection): string {
  const lines = values.map(({ key, shown }) => `${key.padEnd(keyWidth)} = ${shown}`.trimEnd())
  return `${[`[${section}]`, ...lines].join('\n')}\n`
}

function asJson(configuration: Configuration, found: FoundNode): string {
  const node = found.kind === 'node' ? { role: found.self.role, name: found.self.name } : null
  const all = effectiveValues(configuration)
  const objects = (name: string) =>
    all
      .filter(({ section }) => section === name)
      .map(({ values }) => Object.fromEntries(values.map(({ key, value }) => [key, value ?? null])))
  const bySection = configuration.sections.map(
    ({ name, repeats }) => [name, repeats ? objects(name) : objects(name)[0]] as const,
  )
  const shown = { node, ...Object.fromEntries(bySection) }
  return `${JSON.stringify(shown, undefined, 2)}\n`
}

function asChmpx(configuration: Configuration, options: ShowOptions, found: FoundNode): string {
  return chmpxText(configuration, {
    // As CHMPX has it: who is in no list of servers is a slave.
    mode: configuration.global.mode ?? (found.kind === 'node' ? found.self.role : 'slave'),
    ctlPort: options.ctlport,
    cuk: options.cuk,
    ownAddress: options.ownAddress ?? ownAddress(),
    isDirectory: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  })
}

/** The first address of this machine that others may reach. */
function ownAddress(): string | undefined {
  const outside = machineAddresses().filter(({ internal }) => !internal)
  return (outside.find(({ family }) => family === 'IPv4') ?? outside[0])?.address
}
