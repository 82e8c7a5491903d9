import { thrownText } from '@ring/platform'
import type { MembershipDriver } from './membership-driver.ts'
import type { ProposeOptions, WantedOperation } from './operation-calls.ts'
import { outcomeOf } from './operation-errors.ts'

/**
 * Proposes an operation and waits for what it comes to.
 *
 * @returns the part's outcome, once it is decided and settled
 * @throws OperationInvalidError, OperationRefusedError, OperationNoQuorumError, OperationTimeoutError,
 *   OperationUnsupportedError; the signal's reason, and then it may have happened
 */
export function propose(
  driver: Pick<MembershipDriver, 'propose'>,
  wanted: WantedOperation,
  { timeoutMs, signal }: ProposeOptions = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const aborted = (): void => reject(signal!.reason as Error)
    driver.propose(
      wanted,
      (result, id) => {
        signal?.removeEventListener('abort', aborted)
        try {
          resolve(outcomeOf(id, result))
        } catch (error) {
          reject(error instanceof Error ? error : new Error(thrownText(error)))
        }
      },
      timeoutMs,
    )
    signal?.addEventListener('abort', aborted, { once: true })
  })
}
