#!/usr/bin/env node
import { hearEndingSignals } from './cli/ending-signals.ts'

hearEndingSignals()
// Nobody reads what a command says of its failure: no reason to fail another way.
process.stderr.on('error', () => undefined)
const { runArguments } = await import('./cli/run-arguments.ts')
await runArguments(process.argv.slice(2))
