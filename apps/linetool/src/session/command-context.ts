import type { Clock } from '@ring/platform'
import type { Invocation } from '../core/commands/parse-command.ts'
import type { GivenOptions } from '../core/options/given-options.ts'
import type { Level, Settings } from '../core/options/settings.ts'
import type { TextView } from '../core/render/view.ts'
import type { AskOptions } from './control-port.ts'
import type { RingAccess } from './ring-access.ts'

/** What a command came to: shown as text, or as one JSON document. */
export interface CommandResult {
  readonly exitCode: number
  /** All that there is to show has been shown. */
  readonly isShown?: true
  /** Its keys are added to in later versions, and never changed. */
  readonly document: object
  text(view: TextView): string
}

/** An area of the screen that is written anew; in a pipe, one text below the other. */
export interface LiveArea {
  /** Made anew when the terminal gets another width. */
  show(text: () => string): void
  end(): void
  /** Ends when the person has seen enough. */
  readonly enough: AbortSignal
}

/** Who uses the tool: a person at a terminal, or a script. */
export interface Desk {
  /** Somebody can be asked. */
  readonly isInteractive: boolean
  print(text: string): void
  /** What is not the answer itself. */
  note(text: string): void
  confirm(question: string, signal: AbortSignal): Promise<boolean>
  view(ascii: boolean): TextView
  live(): LiveArea
  /** Says on a terminal that something takes time. */
  waiting(text: string): { end(): void }
}

/** What of the machine a session uses beside control ports. */
export interface Machine {
  readFile(path: string): Promise<string>
  /** @throws FileError when it is there and may not be replaced */
  writeFile(path: string, text: string): Promise<void>
  exists(path: string): Promise<boolean>
  /** A command of the system's shell, or the shell itself; its exit code. */
  shell(command: string | undefined, signal: AbortSignal): Promise<number>
}

/** What a line came to, as it is shown. */
export interface Evaluated {
  readonly isJson: boolean
  text(): string
}

/** The session around a command. */
export interface SessionHost {
  readonly history: readonly string[]
  level: Level
  /** What a line comes to; undefined for one that has no answer of its own. */
  evaluate(line: string, signal: AbortSignal): Promise<Evaluated | undefined>
  /** Runs lines one after the other, and shows what they come to. */
  runAll(lines: readonly string[], signal: AbortSignal): Promise<number>
  beginLoop(everyMs: number, rounds: number | undefined): void
  end(): void
}

export interface CommandContext {
  readonly invocation: Invocation
  /** Of the command, over those of the start. */
  readonly options: GivenOptions
  readonly ring: RingAccess
  readonly clock: Clock
  readonly settings: Settings
  readonly desk: Desk
  readonly machine: Machine
  readonly session: SessionHost
  readonly signal: AbortSignal
}

export type CommandHandler = (context: CommandContext) => CommandResult | undefined | Promise<CommandResult | undefined>

export const word = ({ invocation }: CommandContext, name: string): string | undefined => invocation.arguments.get(name)

export function askOptions({ options, settings, signal }: CommandContext): AskOptions {
  return { timeoutMs: options.number('timeout') ?? settings.timeoutMs, signal }
}

/** How the command wants to look at the ring. */
export function lookOptions(
  context: CommandContext,
): AskOptions & { readonly noUpdate: boolean; readonly seedsOnly: boolean } {
  const how = word(context, 'noupdate')
  return { ...askOptions(context), noUpdate: how === 'noupdate', seedsOnly: how === 'nodyna' }
}
