import { codeOf } from '../core/tally.ts'
import type { Part } from '../part/part.ts'
import { openPart } from '../part/part-kinds.ts'
import type { Answer, Order } from './worker-protocol.ts'

const countsEveryMs = 250
const closingMsMax = 2_000

/**
 * The life of a process that works for another one: does what it is told over the channel, and ends with it. Signals
 * are the parent's business, which hears of them too; only TERM and HUP sent to this process alone stop its run.
 */
export function serveWorker(): void {
  const worker = new Worker()
  process.on('message', (order: Order) => void worker.onOrder(order))
  process.on('disconnect', () => void worker.end())
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => worker.stop())
}

class Worker {
  private part: Part | undefined
  private readonly gaveUp = new AbortController()
  private lines: string[] = []

  async onOrder(order: Order): Promise<void> {
    const { id } = order
    try {
      tell({ id, ok: true, value: await this.obey(order) })
    } catch (error) {
      tell({ id, ok: false, code: codeOf(error), text: error instanceof Error ? error.message : String(error) })
    }
  }

  stop(): void {
    this.gaveUp.abort()
    this.part?.stop()
  }

  async end(): Promise<void> {
    this.stop()
    setTimeout(() => process.exit(), closingMsMax)
    await this.part?.close().catch(() => undefined)
    process.exit()
  }

  private async obey(order: Order): Promise<Extract<Answer, { ok: true }>['value']> {
    switch (order.do) {
      case 'open':
        this.part = await openPart(order.spec, (line) => this.show(line), this.gaveUp.signal)
        return this.part.info
      case 'run':
        return this.run(order.limit)
      case 'stop':
        this.stop()
        return undefined
      case 'cpu': {
        const { user, system } = process.cpuUsage()
        return user + system
      }
      case 'close':
        await this.part?.close()
        this.part = undefined
        this.flush()
        return undefined
    }
  }

  private async run(limit: Extract<Order, { do: 'run' }>['limit']): Promise<Extract<Answer, { ok: true }>['value']> {
    const { part } = this
    if (part === undefined) throw new Error('A part is run before it is opened.')
    const timer = setInterval(() => {
      tell({ id: 'counts', counts: part.counts() })
      this.flush()
    }, countsEveryMs)
    try {
      return await part.run(limit)
    } finally {
      clearInterval(timer)
      this.flush()
    }
  }

  private show(line: string): void {
    this.lines.push(line)
    if (this.lines.length >= 64) this.flush()
  }

  private flush(): void {
    if (this.lines.length === 0) return
    tell({ id: 'lines', lines: this.lines.join('\n') })
    this.lines = []
  }
}

/** A parent that is gone cannot be told; `disconnect` ends this process. */
function tell(answer: Answer): void {
  if (process.connected) process.send?.(answer, () => undefined)
}
