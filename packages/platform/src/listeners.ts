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
