import type { OptionKey } from '../options/option-table.ts'

/** What a word behind a command may be. */
export type ArgumentKind =
  | { readonly kind: 'choice'; readonly of: Readonly<Record<string, string>> }
  | { readonly kind: 'node' }
  | { readonly kind: 'seconds' }
  | { readonly kind: 'count' }
  | { readonly kind: 'file' }
  | { readonly kind: 'command' }
  /** All that follows, as it was written. */
  | { readonly kind: 'rest' }

export interface Argument {
  readonly name: string
  readonly takes: ArgumentKind
  readonly isRequired?: boolean
  readonly doc: string
}

/** A command of the linetool, as data: what is parsed, completed and explained. */
export interface CommandDefinition {
  readonly aliases: readonly string[]
  readonly arguments: readonly Argument[]
  readonly options: readonly OptionKey[]
  /** One line of the list of commands. */
  readonly line: string
  /** What `help COMMAND` says beyond that. */
  readonly more: string
  /** What it sends to control ports. */
  readonly sends?: string
  /** On a terminal it is asked for first; this says what is at stake. */
  readonly hurts?: string
}
