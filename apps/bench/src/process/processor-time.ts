import { readFile } from 'node:fs/promises'

/** A process whose processor time is counted. */
export interface CountedProcess {
  readonly pid: number
  readonly what: string
}

export interface ProcessorTime extends CountedProcess {
  readonly micros: number
}

/** The kernel counts in hundredths of a second for everybody but the process itself. */
const microsPerTick = 10_000
const userTicksField = 11
const systemTicksField = 12

/** Processor time of a process so far, in microseconds (Linux); undefined when it cannot be told. */
export async function processorMicros(pid: number): Promise<number | undefined> {
  if (pid === process.pid) {
    const { user, system } = process.cpuUsage()
    return user + system
  }
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  // The name of the process stands in brackets and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[userTicksField]) + Number(fields[systemTicksField])
  return Number.isFinite(ticks) ? ticks * microsPerTick : undefined
}

/** Measures what processes use between now and {@link ProcessorWatch.used}. */
export class ProcessorWatch {
  private readonly before: readonly ProcessorTime[]

  private constructor(before: readonly ProcessorTime[]) {
    this.before = before
  }

  static async start(processes: readonly CountedProcess[]): Promise<ProcessorWatch> {
    return new ProcessorWatch(await timesOf(processes))
  }

  /** Only of those that lived through it. */
  async used(): Promise<readonly ProcessorTime[]> {
    const now = new Map((await timesOf(this.before)).map(({ pid, micros }) => [pid, micros]))
    return this.before.flatMap(({ pid, what, micros }) => {
      const after = now.get(pid)
      return after === undefined ? [] : [{ pid, what, micros: Math.max(0, after - micros) }]
    })
  }
}

async function timesOf(processes: readonly CountedProcess[]): Promise<readonly ProcessorTime[]> {
  const times = await Promise.all(
    processes.map(async ({ pid, what }) => ({ pid, what, micros: await processorMicros(pid) })),
  )
  return times.flatMap(({ pid, what, micros }) => (micros === undefined ? [] : [{ pid, what, micros }]))
}

/** Adds up runs by process. */
export function addTimes(runs: readonly (readonly ProcessorTime[])[]): readonly ProcessorTime[] {
  const sums = new Map<number, ProcessorTime>()
  for (const one of runs.flat()) {
    sums.set(one.pid, { ...one, micros: one.micros + (sums.get(one.pid)?.micros ?? 0) })
  }
  return [...sums.values()]
}
