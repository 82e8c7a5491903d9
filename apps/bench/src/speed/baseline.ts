import type { LoadResult } from '../core/load-result.ts'
import type { TallyRecord } from '../core/tally.ts'
import { type Entry, WorkerProcess } from '../process/worker-process.ts'

/** One measured run of the framed echo. */
export interface BaselineRun {
  readonly seconds: number
  readonly tally: TallyRecord
  readonly cpuMicros: number
}

/** The two processes of the framed echo, kept while they are measured in turn with something else. */
export class Baseline {
  private readonly server: WorkerProcess
  private readonly client: WorkerProcess

  private constructor(server: WorkerProcess, client: WorkerProcess) {
    this.server = server
    this.client = client
  }

  static async open(entry: Entry, bodyBytes: number): Promise<Baseline> {
    const server = await WorkerProcess.open(entry, { kind: 'baseline-server' })
    try {
      const port = Number(server.info)
      const client = await WorkerProcess.open(entry, { kind: 'baseline-client', port, inFlight: 1, bodyBytes })
      return new Baseline(server, client)
    } catch (error) {
      await server.close()
      throw error
    }
  }

  async run(durationMs: number, inFlight: number): Promise<BaselineRun> {
    const before = await this.cpuMicros()
    const result = asked(await this.client.run({ loops: 0, durationMs, inFlight }))
    return { seconds: result.elapsedMs / 1_000, tally: result.tally, cpuMicros: (await this.cpuMicros()) - before }
  }

  stop(): void {
    this.client.stop()
  }

  async close(): Promise<void> {
    await this.client.close()
    await this.server.close()
  }

  private async cpuMicros(): Promise<number> {
    const [one, other] = await Promise.all([this.server.cpuMicros(), this.client.cpuMicros()])
    return one + other
  }
}

/** The result of a part that asks. */
export function asked(result: LoadResult): Extract<LoadResult, { kind: 'asked' }> {
  if (result.kind !== 'asked') throw new Error('A part that serves was taken for one that asks.')
  return result
}
