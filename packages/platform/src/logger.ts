/** The logger Ring's packages take; pino satisfies it. Fields first, constant text second. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A logger that says nothing: the default of what is below `startNode`, `join` and `attachProgram`. */
export const silent: Logger = { debug: noop, info: noop, warn: noop, error: noop }

function noop(): void {
  // A library that was given no logger stays quiet.
}
