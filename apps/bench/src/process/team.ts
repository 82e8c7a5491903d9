import type { Counts, LoadResult, RunLimit } from '../core/load-result.ts'
import type { Part } from '../part/part.ts'
import { openPart, type PartSpec } from '../part/part-kinds.ts'
import type { CountedProcess } from './processor-time.ts'
import { type Entry, WorkerProcess } from './worker-process.ts'

/** The parts of one end: one in this process, or as many processes as were asked for. */
export class Team {
  readonly processes: readonly CountedProcess[]
  private readonly parts: readonly Part[]

  private constructor(parts: readonly Part[], what: string) {
    this.parts = parts
    const workers = parts.flatMap((part) => (part instanceof WorkerProcess ? [{ pid: part.pid, what }] : []))
    this.processes = [{ pid: process.pid, what: workers.length === 0 ? what : 'bench' }, ...workers]
  }

  static async open(
    entry: Entry,
    spec: PartSpec,
    given: { readonly processes: number; readonly show: (line: string) => void; readonly signal: AbortSignal },
  ): Promise<Team> {
    const { processes, show, signal } = given
    const what = `${spec.kind} program`
    if (processes === 1) return new Team([await openPart(spec, show, signal)], what)
    const opening = Array.from({ length: processes }, () => WorkerProcess.open(entry, spec, show))
    const opened = await Promise.allSettled(opening)
    const parts = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const failed = opened.find((one) => one.status === 'rejected')
    if (failed === undefined) return new Team(parts, what)
    await Promise.all(parts.map((part) => part.close()))
    throw failed.reason
  }

  /** Runs all parts at once. A part whose process ended is told by the error; the others are stopped. */
  async run(limit: RunLimit): Promise<readonly LoadResult[]> {
    const runs = this.parts.map((part) => part.run(limit))
    try {
      return await Promise.all(runs)
    } catch (error) {
      this.stop()
      await Promise.allSettled(runs)
      throw error
    }
  }

  stop(): void {
    for (const part of this.parts) part.stop()
  }

  counts(): Counts {
    return this.parts
      .map((part) => part.counts())
      .reduce(
        (sum, one) => ({ sent: sum.sent + one.sent, done: sum.done + one.done, failures: sum.failures + one.failures }),
        { sent: 0, done: 0, failures: 0 },
      )
  }

  async close(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.close()))
  }
}
