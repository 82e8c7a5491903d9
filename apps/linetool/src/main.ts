#!/usr/bin/env node
import { exitCodes } from './exit-codes.ts'
import { runCommandLine } from './shell/run.ts'

// Nobody reads what a command says of its failure: no reason to fail another way.
process.stderr.on('error', () => undefined)
// A reader that has gone away (`| head`) is no fault.
process.stdout.on('error', () => process.exit(exitCodes.ok))

// A command that waits for its time holds nothing open, and must not end for that.
setInterval(() => undefined, 60_000)

void runCommandLine(process.argv.slice(2)).then((code) => {
  // Connections that are being closed hold nothing up; what is written is waited for.
  process.stdout.write('', () => process.exit(code))
})
