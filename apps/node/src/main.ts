#!/usr/bin/env node
import { hearEndingSignals } from './cli/daemon/ending-signals.ts'

hearEndingSignals()
// Nobody reads what a command says of its failure: no reason to fail another way.
process.stderr.on('error', () => undefined)
// Who reads only the beginning of what a command says, as `head`, has what it wants.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
const { runArguments } = await import('./cli/daemon/run-arguments.ts')
await runArguments(process.argv.slice(2))
