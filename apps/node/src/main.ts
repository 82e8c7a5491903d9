#!/usr/bin/env node
import { hearEndingSignals } from './cli/daemon/ending-signals.ts'

hearEndingSignals()
// Nobody reads what a command says of its failure: no reason to fail another way.
process.stderr.on('error', () => undefined)
const { runArguments } = await import('./cli/daemon/run-arguments.ts')
await runArguments(process.argv.slice(2))
