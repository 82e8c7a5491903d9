import { parseCommand } from '../core/commands/parse-command.ts'

const linesMax = 1_000

/** The commands of a loop, as they come: lines up to a single dot; or `loopcmd` lines, up to the first that is none. */
export class LoopLines {
  readonly everyMs: number
  readonly rounds: number | undefined
  readonly #lines: string[] = []
  #hasLoopcmd = false

  constructor(everyMs: number, rounds: number | undefined) {
    this.everyMs = everyMs
    this.rounds = rounds
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  /** @returns `last` when the loop is complete with this line, `beyond` when the line comes after it */
  take(line: string): 'taken' | 'last' | 'beyond' {
    const text = line.trim()
    if (text === '.') return 'last'
    if (text === '' || text.startsWith('#')) return 'taken'
    const inner = commandOfLoop(text)
    if (inner === undefined && this.#hasLoopcmd) return 'beyond'
    if (inner !== undefined) this.#hasLoopcmd = true
    if (this.#lines.length < linesMax) this.#lines.push(inner ?? text)
    return 'taken'
  }
}

function commandOfLoop(line: string): string | undefined {
  try {
    const invocation = parseCommand(line)
    return invocation?.command === 'loopcmd' ? invocation.arguments.get('COMMAND') : undefined
  } catch {
    // Whatever is wrong with it is said when the loop runs it.
    return undefined
  }
}
