/** What a line says beside its text: always which event it is of, a name that stays and stands in docs/operations.md. */
export interface LogFields {
  readonly event: string
  readonly [field: string]: unknown
}

/** The logger Ring's packages take; pino satisfies it. Fields first, constant text second. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** A logger that says nothing: the default of what is below `startNode`, `join` and `attachProgram`. */
export const silent: Logger = { debug: noop, info: noop, warn: noop, error: noop }

function noop(): void {
  // A library that was given no logger stays quiet.
}
