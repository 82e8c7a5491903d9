import type { Level } from './core/settings.ts'

const rank: Readonly<Record<Level, number>> = { err: 0, wan: 1, inf: 2, dump: 3 }

/** Where a bench says things: data on stdout, talk on stderr as far as the level allows. */
export class Output {
  private readonly level: Level
  private readonly json: boolean

  constructor(level: Level, json: boolean) {
    this.level = level
    this.json = json
  }

  note(level: Level, text: string): void {
    if (rank[level] <= rank[this.level]) process.stderr.write(`ring-bench: ${text}\n`)
  }

  /** A message of -pr. With --json stdout has the one object only. */
  readonly message = (line: string): void => {
    const stream = this.json ? process.stderr : process.stdout
    stream.write(`${line}\n`)
  }

  report(object: object, text: () => string): void {
    process.stdout.write(this.json ? `${JSON.stringify(object, undefined, 2)}\n` : text())
  }
}
