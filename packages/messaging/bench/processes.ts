import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a process of a benchmark tells the one that started it. */
export type Report = { readonly ready: string } | { readonly cpuMicros: number } | Result

export interface Result {
  readonly perSecond: number
  readonly trips: number
}

/** One process of a benchmark, started as a role of the same script. */
export class RoleProcess {
  private readonly child: ChildProcess
  private readonly reports: Report[] = []
  private wanted: ((report: Report) => void) | undefined

  constructor(script: string, role: string, argument: string) {
    const profile = process.env['PROFILE'] === role ? ['--cpu-prof', '--cpu-prof-dir=/tmp/ring-prof'] : []
    this.child = fork(fileURLToPath(script), [role, argument], { execArgv: [...process.execArgv, ...profile] })
    this.child.on('message', (report: Report) => {
      if (this.wanted === undefined) this.reports.push(report)
      else {
        const { wanted } = this
        this.wanted = undefined
        wanted(report)
      }
    })
  }

  next(): Promise<Report> {
    const report = this.reports.shift()
    if (report !== undefined) return Promise.resolve(report)
    return new Promise((resolve) => {
      this.wanted = resolve
    })
  }

  async ready(): Promise<string> {
    const report = await this.next()
    return 'ready' in report ? report.ready : ''
  }

  async result(): Promise<Result> {
    const report = await this.next()
    if ('perSecond' in report) return report
    throw new Error('a benchmark process gave no result')
  }

  /** Ends the process; its processor time since it began to measure, in microseconds. */
  async end(): Promise<number> {
    this.child.send('end')
    const report = await this.next()
    return 'cpuMicros' in report ? report.cpuMicros : 0
  }

  /** The measured time begins. */
  mark(): void {
    this.child.send('mark')
  }
}

/** Runs this process in its role: reports processor time and ends when told. */
export function serveRole(): void {
  let before = process.cpuUsage()
  process.on('message', (word) => {
    if (word === 'mark') before = process.cpuUsage()
    else if (word === 'end') {
      const used = process.cpuUsage(before)
      process.send?.({ cpuMicros: used.user + used.system }, () => process.exit(0))
    }
  })
}

export function report(word: Report): void {
  process.send?.(word)
}

export const warmUpMs = 700
/** Bytes of a body; `BODY=16384` for large ones. */
export const bodyBytes: number = Number(process.env['BODY'] ?? 128)

/** One worker's call: its reply, which is compared, or nothing. */
export type Call = (worker: number) => Promise<Uint8Array | undefined>

export const body: Uint8Array = new Uint8Array(bodyBytes).fill(7)

/** Keeps `inFlight` calls out until the time is over. */
export async function drive(inFlight: number, runMs: number, call: Call): Promise<number> {
  let trips = 0
  const end = performance.now() + runMs
  const work = async (worker: number): Promise<void> => {
    while (performance.now() < end) {
      // The clock is read once for a few trips, so that it is not what is measured.
      for (let i = 0; i < 16; i++) {
        const reply = await call(worker)
        if (reply !== undefined && Buffer.compare(reply, body) !== 0) throw new Error('a reply was wrong')
        trips++
      }
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, worker) => work(worker)))
  return trips
}

/** Warms up, measures, reports. */
export async function measure(inFlight: number, runMs: number, call: Call): Promise<void> {
  await drive(inFlight, warmUpMs, call)
  report({ ready: 'warm' })
  const start = performance.now()
  const trips = await drive(inFlight, runMs, call)
  report({ perSecond: (trips * 1_000) / (performance.now() - start), trips })
}

/** One measured run: the result of the driving role, and the processor time of all per trip. */
export interface Run extends Result {
  readonly cpuMicrosPerTrip: number
}

export async function finish(driver: RoleProcess, others: readonly RoleProcess[]): Promise<Run> {
  const all = [driver, ...others]
  await driver.ready()
  for (const one of all) one.mark()
  const result = await driver.result()
  let cpuMicros = 0
  for (const one of all) cpuMicros += await one.end()
  return { ...result, cpuMicrosPerTrip: cpuMicros / result.trips }
}
