import { RingError } from '@ring/platform'

/** The node, or a server behind it, was not there in time. */
export class UnavailableError extends RingError {
  constructor(text: string, options?: ErrorOptions) {
    super('RING_BENCH_UNAVAILABLE', text, options)
  }
}

/** A process of the bench ended, or could not do what it was told. */
export class WorkerError extends RingError {
  constructor(text: string, code = 'RING_BENCH_WORKER') {
    super(code, text)
  }
}
