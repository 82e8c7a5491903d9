import { exitCodes } from '../exit-codes.ts'

export type EndingSignal = 'TERM' | 'INT'

type Listener = (signal: EndingSignal) => void

let listener: Listener | undefined

/**
 * Hears TERM and INT from the very start of the process, before anything else is loaded: the kernel drops both for
 * process 1 of a container while nobody listens. Until a command takes them they end the process.
 */
export function hearEndingSignals(): void {
  process.on('SIGTERM', () => hear('TERM'))
  process.on('SIGINT', () => hear('INT'))
}

/** From here on the signals are this command's: it ends in its own way. */
export function takeEndingSignals(command: Listener): void {
  listener = command
}

function hear(signal: EndingSignal): void {
  if (listener !== undefined) listener(signal)
  else process.exit(signal === 'INT' ? exitCodes.interrupted : exitCodes.terminated)
}
