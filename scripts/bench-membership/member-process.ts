import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

const program = join(import.meta.dirname, 'member.mjs')

/** The machine's monotonic clock, in milliseconds: the same in every process. */
export const nowMs = () => Number(process.hrtime.bigint()) / 1e6

export interface ViewReport {
  readonly atMs: number
  readonly lineage: string
  readonly version: number
  readonly members: readonly string[]
}

export interface Report {
  readonly type: 'ready' | 'joining' | 'joined' | 'view' | 'leaving' | 'left' | 'failed'
  readonly atMs: number
  readonly text?: string
}

/** What to give `join`; `find` names a discovery protocol of @ring/discovery and its settings. */
export interface JoinCommand {
  readonly options: Readonly<Record<string, unknown>> & { readonly name: string }
  readonly find?: { readonly protocol: string; readonly settings: readonly unknown[] }
}

/** A process of its own that joins and leaves as it is told. */
export class MemberProcess {
  readonly spawnedMs = nowMs()
  readonly name: string
  readonly #join: JoinCommand
  readonly #child: ChildProcess
  readonly #reports: Report[] = []
  readonly #changed: () => void
  #view: ViewReport | undefined
  #joinsWhenReady = false

  /**
   * @param changed called after every report
   * @param prefix a command that runs the process somewhere else
   */
  constructor(join: JoinCommand, changed: () => void, prefix: readonly string[] = []) {
    this.name = join.options.name
    this.#join = join
    this.#changed = changed
    const [command, ...args] = [...prefix, process.execPath, program]
    this.#child = spawn(command!, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child.on('message', (report) => this.#take(report as Report))
    this.#child.on('error', () => changed())
  }

  /** The latest view that it reported; none when it is out. */
  get view(): ViewReport | undefined {
    return this.#view
  }

  /** The latest report of this type. */
  last(type: Report['type']): Report | undefined {
    return this.#reports.findLast((report) => report.type === type)
  }

  /** Joins as soon as the process runs. */
  joinWhenReady(): void {
    this.#joinsWhenReady = true
  }

  join(): void {
    this.#child.send({ command: 'join', ...this.#join })
  }

  leave(): void {
    this.#view = undefined
    this.#child.send({ command: 'leave' })
  }

  /** @returns when */
  signal(signal: NodeJS.Signals): number {
    const atMs = nowMs()
    this.#child.kill(signal)
    return atMs
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await ended
  }

  #take(report: Report): void {
    // What was on its way when it was told to leave is no view of its any more.
    const isOut = this.last('leaving') && this.#reports.at(-1)?.type === 'leaving'
    if (report.type === 'view' && !isOut) this.#view = report as Report & ViewReport
    this.#reports.push(report)
    if (report.type === 'ready' && this.#joinsWhenReady) this.join()
    this.#changed()
  }
}
