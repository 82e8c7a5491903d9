import { aFunction, checkArgument } from './argument-rules.ts'
import type { Logger } from './logger.ts'

/**
 * Calls somebody else's code. What it throws, or rejects with, is logged and goes no further: who tells has more to do,
 * and others to tell.
 *
 * @param type what it was told of, for the log
 */
export function callListener(logger: Logger, type: string, call: () => unknown): void {
  const failed = (error: unknown) => logger.error({ event: 'listener.failed', type, err: error }, 'a listener failed')
  try {
    const result = call()
    if (result instanceof Promise) result.catch(failed)
  } catch (error) {
    failed(error)
  }
}

/** Those who want to hear of something. Of one that throws the logger is told, and the others hear of it all the same. */
export class Listeners<Told extends readonly unknown[] = []> {
  readonly #name: string
  readonly #type: string
  readonly #logger: Logger
  /** Entries, since one function may be added twice. */
  readonly #entries = new Set<{ readonly call: (...told: Told) => unknown }>()

  /**
   * @param name the method by which they are added, for messages
   * @param type what they are told of, for the log
   */
  constructor(name: string, type: string, logger: Logger) {
    this.#name = name
    this.#type = type
    this.#logger = logger
  }

  /**
   * @returns ends it; may be called again
   * @throws ArgumentError
   */
  add(call: (...told: Told) => unknown): () => void {
    checkArgument(this.#name, 'the listener', call, aFunction)
    const entry = { call }
    this.#entries.add(entry)
    return () => {
      this.#entries.delete(entry)
    }
  }

  /** Who is added meanwhile hears of the next time, who is removed of nothing more. */
  tell(...told: Told): void {
    for (const entry of [...this.#entries]) if (this.#entries.has(entry)) this.call(entry.call, ...told)
  }

  /** Calls one that is not kept. */
  call(call: (...told: Told) => unknown, ...told: Told): void {
    callListener(this.#logger, this.#type, () => call(...told))
  }
}
