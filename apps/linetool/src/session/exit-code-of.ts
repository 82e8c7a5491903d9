import { RingError, thrownText } from '@ring/platform'
import { exitCodes } from '../exit-codes.ts'

const byCode: Readonly<Record<string, number>> = {
  RING_LINETOOL_USAGE: exitCodes.usage,
  RING_LINETOOL_NOT_CONFIRMED: exitCodes.unchanged,
  RING_LINETOOL_NO_NODE: exitCodes.unavailable,
  RING_LINETOOL_OVERDUE: exitCodes.overdue,
  RING_LINETOOL_INTERRUPTED: exitCodes.interrupted,
}

/** Somebody ended a command before it was done. */
export class InterruptedError extends RingError {
  constructor() {
    super('RING_LINETOOL_INTERRUPTED', 'Interrupted. What was already told to a node may still happen.')
  }
}

export interface Failure {
  readonly exitCode: number
  readonly code: string
  readonly message: string
}

/** What an error means to whoever started the command. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error) || !('code' in error)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : thrownText(error)
    return {
      exitCode: exitCodes.software,
      code: 'RING_LINETOOL_FAULT',
      message: `A fault of ring-linetool, please report it: ${message}`,
    }
  }
  const code = String(error.code)
  return { exitCode: byCode[code] ?? exitCodeByKind(code), code, message: error.message }
}

function exitCodeByKind(code: string): number {
  return code.startsWith('RING_CONFIG') ? exitCodes.configuration : exitCodes.failed
}
