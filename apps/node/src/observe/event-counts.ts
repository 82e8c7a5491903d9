import type { LogFields, Logger } from '@ring/platform'

type Write = (fields: LogFields, message: string) => void

/** Counts log events by their name on the way to another logger. Names are constants of the code, so there are few. */
export class EventCounts implements Logger {
  readonly #counts = new Map<string, number>()
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  readonly debug: Write = (fields, message) => this.#pass('debug', fields, message)
  readonly info: Write = (fields, message) => this.#pass('info', fields, message)
  readonly warn: Write = (fields, message) => this.#pass('warn', fields, message)
  readonly error: Write = (fields, message) => this.#pass('error', fields, message)

  #pass(level: keyof Logger, fields: LogFields, message: string): void {
    this.#counts.set(fields.event, (this.#counts.get(fields.event) ?? 0) + 1)
    this.#logger[level](fields, message)
  }
}
