import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chmpxOutcome, type Outcome } from './core/commands/outcome.ts'
import type { ControlTarget, LifecycleCommand, LifecycleOptions } from './core/control-target.ts'
import { readDump } from './core/replies/dump-reading.ts'
import type { NodeDump } from './core/status/node-dump.ts'

export const captured = (name: string): string => readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8')
/** A real ring of three servers and a slave, as its first server told it. */
export const capturedDump: NodeDump = readDump(captured('chmpx-DUMP.txt'))

/** A node that counts what is done to it. */
export class CountingTarget implements ControlTarget {
  readonly version = '1.0.113 (commit: c569e0e) with OpenSSL'
  readonly executed: (LifecycleCommand & LifecycleOptions)[] = []
  told: NodeDump = capturedDump
  outcome: (command: LifecycleCommand, signal: AbortSignal) => Outcome | Promise<Outcome> = () => chmpxOutcome('done')

  dump(): NodeDump {
    return this.told
  }

  async execute(command: LifecycleCommand, options: LifecycleOptions, signal: AbortSignal): Promise<Outcome> {
    this.executed.push({ ...command, ...options })
    return this.outcome(command, signal)
  }
}
