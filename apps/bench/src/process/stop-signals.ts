import { exitCodes } from '../exit-codes.ts'

const ending = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const

/** HUP, INT and TERM all end a bench in order; a second one ends it at once. */
export class StopSignals {
  readonly signal: AbortSignal
  private readonly controller = new AbortController()
  private readonly listener: () => void

  constructor() {
    this.signal = this.controller.signal
    this.listener = () => {
      if (this.signal.aborted) process.exit(exitCodes.interrupted)
      this.controller.abort()
    }
    for (const name of ending) process.on(name, this.listener)
  }

  onStop(stop: () => void): void {
    if (this.signal.aborted) stop()
    else this.signal.addEventListener('abort', stop, { once: true })
  }
}
