import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { JoinOptions } from '../index.ts'

const bundled = process.env['RING_TEST_MEMBER']
/** As one file where the run of tests has made it, else module by module. */
const command =
  bundled === undefined
    ? ['--conditions=@ring/source', '--import', 'tsx', join(import.meta.dirname, 'member-program.ts')]
    : [bundled]

export type Line = Readonly<Record<string, unknown>>

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A real process that joins a group; it can be killed and stopped. */
export class MemberProcess {
  readonly ended: Promise<Ended>
  readonly lines: Line[] = []
  readonly #child: ChildProcess
  readonly #waiting: { readonly matches: (line: Line) => boolean; readonly tell: (line: Line) => void }[] = []

  constructor(options: JoinOptions) {
    this.#child = spawn(process.execPath, [...command, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let rest = ''
    this.#child.stdout!.on('data', (bytes: Buffer) => {
      const lines = (rest + bytes.toString()).split('\n')
      rest = lines.pop()!
      for (const line of lines) this.#take(JSON.parse(line) as Line)
    })
    this.ended = new Promise((resolve) => this.#child.once('close', (code, signal) => resolve({ code, signal })))
  }

  /** The first line that says so, whether it has come or is to come; rejects when the process ends without. */
  line(matches: (line: Line) => boolean): Promise<Line> {
    return new Promise((resolve, reject) => {
      const found = this.lines.find(matches)
      if (found) return resolve(found)
      this.#waiting.push({ matches, tell: resolve })
      void this.ended.then(({ code, signal }) => reject(new Error(`the member ended (${code ?? signal})`)))
    })
  }

  joined(): Promise<Line> {
    return this.line(({ event }) => event === 'joined')
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  #take(line: Line): void {
    this.lines.push(line)
    for (const { matches, tell } of this.#waiting) if (matches(line)) tell(line)
  }
}
