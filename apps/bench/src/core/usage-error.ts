import { RingError } from '@ring/platform'

/** The command line cannot be understood; the text says what would be. */
export class UsageError extends RingError {
  constructor(text: string) {
    super('RING_BENCH_USAGE', `${text} See ring-bench --help.`)
  }
}
