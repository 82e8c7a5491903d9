import { callListener, type Logger, type Random, randomHex } from '@ring/platform'
import { agreedValueFault } from '@ring/register'
import { bodyMaxChars, type Operation, type OperationResult, operationIdMaxChars } from '../core/deciding/operation.ts'
import { canonicalText } from '../core/record/canonical-text.ts'
import { partNamePattern } from '../core/record/state-part.ts'
import { OperationInvalidError } from './operation-errors.ts'

/** What is wanted of a part; without an id it gets one of its own. */
export type WantedOperation = Omit<Operation, 'id'> & { readonly id?: string }

export type OperationEnded = (result: OperationResult, id: string) => void

/** How long an operation is waited for, unless its caller says otherwise. */
export const operationTimeoutMs = 10_000
/** Nobody waits longer: an operation that is tried again is remembered for so long at least. */
const timeoutMaxMs = 600_000

/** How an operation is waited for. */
export interface ProposeOptions {
  /** Milliseconds, at most 600 000; default 10 000. */
  readonly timeoutMs?: number
  /** Ends the wait; the operation may happen all the same. */
  readonly signal?: AbortSignal
}

/** Who waits at this node for the end of which operation. */
export class OperationCalls {
  readonly #random: Random
  readonly #logger: Logger
  readonly #waiting = new Map<string, OperationEnded[]>()

  constructor(random: Random, logger: Logger) {
    this.#random = random
    this.#logger = logger
  }

  /**
   * The operation as it goes out; its caller is told of its end.
   *
   * @throws OperationInvalidError for what cannot be an operation; nothing has changed then
   */
  begin(wanted: WantedOperation, forMs: number, ended: OperationEnded): Operation {
    const operation = { id: wanted.id ?? randomHex(this.#random, 12), part: wanted.part, body: wanted.body ?? null }
    const fault = faultOf(operation, forMs)
    if (fault !== undefined) throw new OperationInvalidError(fault)
    this.#waiting.set(operation.id, [...(this.#waiting.get(operation.id) ?? []), ended])
    // Its caller may go on with what it gave.
    return { ...operation, body: structuredClone(operation.body) }
  }

  end(id: string, result: OperationResult): void {
    const waiting = this.#waiting.get(id) ?? []
    this.#waiting.delete(id)
    for (const ended of waiting) callListener(this.#logger, 'operation', () => ended(result, id))
  }

  /** Nobody decides any more: this node has stopped. */
  endAll(): void {
    for (const id of [...this.#waiting.keys()]) this.end(id, { kind: 'timed-out', mayHaveHappened: true })
  }
}

/** What a caller without types may give. */
type Unchecked<T> = { readonly [Key in keyof T]: unknown }

function faultOf({ id, part, body }: Unchecked<Operation>, forMs: number): string | undefined {
  if (typeof id !== 'string' || id.length < 1 || id.length > operationIdMaxChars)
    return `its id has to be a text of 1 to ${operationIdMaxChars} characters`
  if (typeof part !== 'string' || !partNamePattern.test(part))
    return `"${String(part).slice(0, 40)}" is no name of a part`
  const fault = agreedValueFault(body, 'its body')
  if (fault !== undefined) return `${fault}, and only plain data can be agreed on`
  const { length } = canonicalText(body)
  if (length > bodyMaxChars) return `its body is ${length} characters long, and ${bodyMaxChars} are the most`
  if (!(forMs > 0 && forMs <= timeoutMaxMs)) return `it can be waited for up to ${timeoutMaxMs} milliseconds`
  return undefined
}
