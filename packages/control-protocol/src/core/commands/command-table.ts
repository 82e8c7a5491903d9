import { RingError } from '@ring/platform'
import { type CommandOption, commandName } from './command-line.ts'
import type { Outcome } from './outcome.ts'

/** What a host may do: everything, look only, or nothing. */
export type Access = 'change' | 'read' | 'refused'

/** A command as HELP shows it and the parser takes it. */
export interface CommandForm {
  /** Capital letters and digits. */
  readonly name: string
  /** Other spellings. */
  readonly aliases?: readonly string[]
  /** For people: `host:ctlport`; empty for none. */
  readonly usage: string
  /** The most words that it takes beside its options. */
  readonly argumentsMax: number
  /** `read`: it changes nothing, and whoever may look may run it. */
  readonly kind: 'read' | 'change'
  readonly options: readonly CommandOption[]
  /** One line for HELP. */
  readonly help: string
}

export interface CommandCall {
  readonly name: string
  readonly arguments: readonly string[]
  readonly options: ReadonlySet<CommandOption>
}

export interface CommandContext {
  /** Who asks, for the log: an address. */
  readonly from: string
  /** Connections on the control port, the asking one among them. */
  readonly connections: number
  /** Aborted when nobody waits for the reply any more, or the node stops. */
  readonly signal: AbortSignal
}

/** A report instead of an outcome: its text form, and its JSON form beside `form`, `ok` and `command`. */
export interface Report {
  readonly text: () => string
  readonly json: () => object
}

export type CommandAnswer = Outcome | Report
export type CommandHandler = (call: CommandCall, context: CommandContext) => CommandAnswer | Promise<CommandAnswer>

export interface Command {
  readonly form: CommandForm
  readonly handler: CommandHandler
}

const nameShape = /^[A-Z][A-Z0-9]{0,31}$/
/** Words that steer a connection; they are no commands. */
const reserved = ['KEEP', 'TOKEN', 'QUIT']

/** The commands that a control port knows, by name; parts of a node add theirs. */
export class CommandTable {
  readonly #commands = new Map<string, Command>()

  /** @throws RingError `RING_CONTROL_COMMAND` for a name that is taken, or is none */
  register(form: CommandForm, handler: CommandHandler): void {
    for (const name of [form.name, ...(form.aliases ?? [])]) this.#check(name)
    for (const name of [form.name, ...(form.aliases ?? [])]) this.#commands.set(name, { form, handler })
  }

  /** @param word as it was typed */
  find(word: string): Command | undefined {
    return this.#commands.get(commandName(word))
  }

  /** Each command once, by name. */
  forms(): readonly CommandForm[] {
    const forms = new Set([...this.#commands.values()].map(({ form }) => form))
    return [...forms].sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  #check(name: string): void {
    const wrong = (why: string) => new RingError('RING_CONTROL_COMMAND', `The command ${name} cannot be added: ${why}.`)
    if (!nameShape.test(name)) throw wrong('a name is made of at most 32 capital letters and digits')
    if (reserved.includes(name)) throw wrong('that word steers a connection; choose another name')
    if (this.#commands.has(name)) throw wrong('another part has that name already; choose another one')
  }
}
