import type { NodeChoice } from '../core/settings.ts'
import type { Layout, SpeedRun } from '../core/speed-report.ts'
import type { AttachmentSpec } from '../part/attachment.ts'
import type { ClientSpec } from '../part/client-part.ts'
import type { ServerSpec } from '../part/server-part.ts'
import { type Entry, WorkerProcess } from '../process/worker-process.ts'
import { type TemporaryRing, temporaryRing } from '../ring/temporary-ring.ts'
import { asked } from './baseline.ts'

const waitMs = 15_000
const deadlineMs = 10_000
const keys = 1_024

/** The processes of one layout with a ring of their own, ready to be measured. */
export class SpeedStage {
  readonly layout: Layout
  private readonly client: WorkerProcess
  /** In the order in which they are to end: the client's side first. */
  private readonly workers: readonly WorkerProcess[]
  private readonly ring: TemporaryRing

  private constructor(layout: Layout, workers: readonly WorkerProcess[], ring: TemporaryRing) {
    this.layout = layout
    this.client = workers[0]!
    this.workers = workers
    this.ring = ring
  }

  static async open(entry: Entry, layout: Layout, bodyBytes: number): Promise<SpeedStage> {
    const ring = await temporaryRing()
    const workers: WorkerProcess[] = []
    const start = async (spec: Parameters<typeof WorkerProcess.open>[1]) => {
      workers.unshift(await WorkerProcess.open(entry, spec))
    }
    try {
      const embedded = layout === 'embedded'
      if (!embedded) await start({ kind: 'node', node: ring.server })
      await start(serverSpec(ring.server, embedded, bodyBytes))
      if (!embedded) await start({ kind: 'node', node: ring.slave })
      await start(clientSpec(ring.slave, embedded, bodyBytes))
      return new SpeedStage(layout, workers, ring)
    } catch (error) {
      await closeAll(workers, ring)
      throw error
    }
  }

  async run(durationMs: number, inFlight: number): Promise<SpeedRun> {
    const before = await this.cpuMicros()
    const { elapsedMs, tally } = asked(await this.client.run({ loops: 0, durationMs, inFlight }))
    return { seconds: elapsedMs / 1_000, tally, cpuMicros: (await this.cpuMicros()) - before }
  }

  stop(): void {
    this.client.stop()
  }

  close(): Promise<void> {
    return closeAll(this.workers, this.ring)
  }

  private async cpuMicros(): Promise<number> {
    const each = await Promise.all(this.workers.map((worker) => worker.cpuMicros()))
    return each.reduce((sum, one) => sum + one, 0)
  }
}

async function closeAll(workers: readonly WorkerProcess[], ring: TemporaryRing): Promise<void> {
  for (const worker of workers) await worker.close()
  await ring.remove()
}

function serverSpec(node: NodeChoice, embedded: boolean, bodyBytes: number): ServerSpec {
  const attachment: AttachmentSpec = { node, embedded, role: 'server', name: 'speed server', waitMs, deadlineMs }
  return { kind: 'server', attachment, reply: true, bodyBytes, print: false }
}

function clientSpec(node: NodeChoice, embedded: boolean, bodyBytes: number): ClientSpec {
  const attachment: AttachmentSpec = { node, embedded, role: 'client', name: 'speed client', waitMs, deadlineMs }
  const what = { mode: 'request', inFlight: 1, bodyBytes, keys, verify: true, idempotent: false, label: '' } as const
  return { kind: 'client', attachment, ...what, whenFull: 'fail', print: false }
}
