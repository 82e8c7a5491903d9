import { RingError } from '@ring/platform'

/**
 * A typed call that two programs do not understand in the same way. By its code: `RING_METHOD_UNKNOWN` and
 * `RING_ARGUMENT_REFUSED` (the method has not run), `RING_RESULT_REFUSED` (it has).
 */
export class TypedCallError extends RingError {
  readonly method: string
  /** Whether the method has run. */
  readonly hasRun: boolean

  constructor(code: string, method: string, hasRun: boolean, text: string, options?: ErrorOptions) {
    super(code, text, options)
    this.method = method
    this.hasRun = hasRun
  }
}

/** Of a server that has no such method. */
export function unknownMethod(method: string, text: string): TypedCallError {
  return new TypedCallError('RING_METHOD_UNKNOWN', method, false, `Not run: ${text}`)
}

/** Of a server that could not take the argument. */
export function argumentRefused(method: string, text: string): TypedCallError {
  return new TypedCallError('RING_ARGUMENT_REFUSED', method, false, `Not run: ${text}`)
}

/** Of a result that could not be sent, or not be understood. */
export function resultRefused(method: string, text: string, options?: ErrorOptions): TypedCallError {
  return new TypedCallError('RING_RESULT_REFUSED', method, true, `It has run, but there is no result: ${text}`, options)
}
