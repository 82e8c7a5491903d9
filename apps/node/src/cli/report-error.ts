import { ConfigurationError } from '@ring/config'
import { NodeSetupError } from '../errors.ts'
import { exitCodes } from './exit-codes.ts'

/** A command that fails says so on standard error, in words; the log is for machines. The result is the exit code. */
export function reportError(error: unknown): number {
  const known = error instanceof Error && 'code' in error
  process.stderr.write(
    `ring-node: ${known ? `${error.message} [${String(error.code)}]` : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  const isConfiguration = error instanceof ConfigurationError || error instanceof NodeSetupError
  return isConfiguration ? exitCodes.configuration : known ? exitCodes.failed : exitCodes.software
}
