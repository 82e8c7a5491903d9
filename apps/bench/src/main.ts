#!/usr/bin/env node
import { runCommandLine } from './command-line.ts'
import { exitCodes } from './exit-codes.ts'
import { serveWorker } from './process/worker.ts'
import { workerWord } from './process/worker-protocol.ts'

// A reader that has gone away (`| head`) is no fault.
process.stdout.on('error', () => process.exit(exitCodes.ok))

if (process.argv[2] === workerWord && process.send !== undefined) serveWorker()
else {
  const entry = { script: process.argv[1] ?? '', execArgv: process.execArgv }
  // A program that waits for its node to come back holds nothing open, and must not end for that.
  setInterval(() => undefined, 60_000)
  void runCommandLine(process.argv.slice(2), entry).then((code) => {
    // Whatever a node or program may have left open, the work is done: what is written is waited for.
    process.stdout.write('', () => process.exit(code))
  })
}
