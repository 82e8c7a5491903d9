import { type ChildProcess, fork } from 'node:child_process'
import type { Counts, LoadResult, RunLimit } from '../core/load-result.ts'
import { WorkerError } from '../errors.ts'
import type { Part } from '../part/part.ts'
import type { PartSpec } from '../part/part-kinds.ts'
import { type Answer, type Order, workerWord } from './worker-protocol.ts'

/** How this program is started again as a worker. */
export interface Entry {
  readonly script: string
  readonly execArgv: readonly string[]
}

type Value = Extract<Answer, { ok: true }>['value']
type OrderBody = Order extends infer One ? (One extends Order ? Omit<One, 'id'> : never) : never

interface Waiting {
  readonly resolve: (value: Value) => void
  readonly reject: (error: Error) => void
}

const endingMsMax = 5_000

/** A part in a process of its own, which ends with this one. */
export class WorkerProcess implements Part {
  readonly pid: number
  info = ''
  private readonly child: ChildProcess
  private readonly waiting = new Map<number, Waiting>()
  private readonly show: (line: string) => void
  private nextId = 1
  private latest: Counts = { sent: 0, done: 0, failures: 0 }
  private hasExited = false

  private constructor(entry: Entry, show: (line: string) => void) {
    this.show = show
    this.child = fork(entry.script, [workerWord], { execArgv: [...entry.execArgv] })
    this.pid = this.child.pid ?? 0
    this.child.on('message', (answer: Answer) => this.onAnswer(answer))
    this.child.on('error', (error) => this.onGone(error.message))
    this.child.on('exit', (code, signal) => this.onGone(signal ?? `exit code ${code ?? '?'}`))
  }

  static async open(
    entry: Entry,
    spec: PartSpec,
    show: (line: string) => void = () => undefined,
  ): Promise<WorkerProcess> {
    const worker = new WorkerProcess(entry, show)
    try {
      const info = await worker.tell({ do: 'open', spec })
      if (typeof info === 'string') worker.info = info
      return worker
    } catch (error) {
      await worker.close()
      throw error
    }
  }

  async run(limit: RunLimit): Promise<LoadResult> {
    return (await this.tell({ do: 'run', limit })) as LoadResult
  }

  stop(): void {
    this.tell({ do: 'stop' }).catch(() => undefined)
  }

  counts(): Counts {
    return this.latest
  }

  /** Processor time of the process so far, in microseconds. */
  async cpuMicros(): Promise<number> {
    return (await this.tell({ do: 'cpu' })) as number
  }

  /** Ends the process: in order when it can, else by force. */
  async close(): Promise<void> {
    if (this.hasExited) return
    const exited = new Promise<void>((resolve) => {
      this.child.once('exit', () => resolve())
    })
    const force = setTimeout(() => this.child.kill('SIGKILL'), endingMsMax)
    await this.tell({ do: 'close' }).catch(() => undefined)
    if (this.child.connected) this.child.disconnect()
    await exited
    clearTimeout(force)
  }

  private tell(order: OrderBody): Promise<Value> {
    if (this.hasExited || !this.child.connected)
      return Promise.reject(new WorkerError('A process of the bench has ended.'))
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      this.child.send({ id, ...order }, () => undefined)
    })
  }

  private onAnswer(answer: Answer): void {
    if (answer.id === 'counts') this.latest = answer.counts
    else if (answer.id === 'lines') this.show(answer.lines)
    else {
      const waiting = this.waiting.get(answer.id)
      this.waiting.delete(answer.id)
      if (answer.ok) waiting?.resolve(answer.value)
      else waiting?.reject(new WorkerError(answer.text, answer.code))
    }
  }

  private onGone(why: string): void {
    this.hasExited = true
    const lost = new WorkerError(`A process of the bench (${this.pid}) ended: ${why}.`)
    for (const { reject } of this.waiting.values()) reject(lost)
    this.waiting.clear()
  }
}
