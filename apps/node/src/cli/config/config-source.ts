import {
  type Configuration,
  ConfigurationError,
  type ConfigurationSource,
  formatIssue,
  type Issue,
  type SelfNode,
  sourceFromArgument,
  sourceFromEnvironment,
} from '@ring/config'
import { NodeSetupError } from '../../errors.ts'
import { ownNode } from '../../setup/own-node.ts'
import { exitCodes } from '../exit-codes.ts'

/** What every command of `ring-node config` takes. */
export interface ConfigOptions {
  readonly config?: string
  readonly ctlport?: number
  readonly cuk?: string
}

/** What a command says and ends with. */
export interface CommandResult {
  readonly out: string
  readonly err: string
  readonly exitCode: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** The one configuration that is meant, or what is wrong with the question. */
export function sourceOf(
  argument: string | undefined,
  { config }: ConfigOptions,
  environment: Environment,
): ConfigurationSource | { readonly kind: 'none'; readonly problem: string } {
  if (argument !== undefined && config !== undefined) {
    return { kind: 'none', problem: 'the configuration is given twice; leave out --config or the other one' }
  }
  const given = argument ?? config
  if (given !== undefined) return sourceFromArgument(given)
  const problem = 'no configuration; give a file or a JSON text, or set RING_CONF or RING_JSON'
  return sourceFromEnvironment(environment) ?? { kind: 'none', problem }
}

export type FoundNode =
  | { readonly kind: 'node'; readonly self: SelfNode }
  | { readonly kind: 'unknown'; readonly issue: Issue }

/** Which node this machine is, or why that cannot be told. */
export async function selfOf(configuration: Configuration, { ctlport, cuk }: ConfigOptions): Promise<FoundNode> {
  try {
    return { kind: 'node', self: await ownNode(configuration, { ctlPort: ctlport, cuk }) }
  } catch (error) {
    if (error instanceof NodeSetupError)
      return { kind: 'unknown', issue: { file: '', rule: error.message, severity: 'error' } }
    if (!(error instanceof ConfigurationError)) throw error
    return { kind: 'unknown', issue: error.issues[0]! }
  }
}

export const linesOf = (issues: readonly Issue[]): string => issues.map((issue) => `${issueLine(issue)}\n`).join('')

export function issueLine(issue: Issue): string {
  return issue.severity === 'warning' ? `${formatIssue(issue)} (warning)` : formatIssue(issue)
}

/** Runs a command that needs a valid configuration; what is wrong with it goes to standard error. */
export async function withValid(command: () => Promise<CommandResult>): Promise<CommandResult> {
  try {
    return await command()
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return { out: '', err: linesOf(error.issues), exitCode: exitCodes.configuration }
  }
}
