import { type NodeName, nodeName } from '@ring/platform'
import type { NodeEnvironment, SimulatedNode } from '../network/simulated-node.ts'
import type { World } from '../world.ts'
import { FaultInjector } from './fault-injector.ts'
import { parseDuration, parseFault, parseWay } from './fault-text.ts'
import { ScriptError } from './script-error.ts'
import { parseScript, type Statement } from './script-parser.ts'

/** What a command of a script is given. */
export interface ScriptCall {
  readonly world: World
  /** The words behind the command. */
  readonly words: readonly string[]
  /** The same words as names of nodes. */
  readonly names: readonly NodeName[]
  /** The process of the node that a word names. It must be running. */
  process(at: number): object
}

/** Does something, and may say something: a line, or several. */
export type ScriptCommand = (call: ScriptCall) => string | readonly string[] | undefined

export interface ScriptOptions {
  /** Where the script stands, for messages (default `script`). */
  readonly file?: string
  /** What `start` runs on a node that the world does not have yet. */
  readonly start?: (environment: NodeEnvironment) => object
  /** The name behind a word, where no node has the word itself for its name (default: the word). */
  readonly nameOf?: (word: string) => NodeName
  /** What `settle` waits for, and what it says when that does not come. */
  readonly isSettled?: () => boolean
  readonly why?: () => string
  /** Is given the story: each command with the time of the world, and what it said. */
  readonly print?: (line: string) => void
}

const settleMs = 60_000

/**
 * Runs a readable scenario on a world: the built-in commands are the faults ({@link parseFault}) and `start`, `stop`,
 * `restart`, `resume`, `mend`, `admit`, `rejoin`, `heal`, `wait`, `settle`, `note`; `commands` adds one's own. Ends
 * when all is done, later lines (`at`, `after`, `for`) included.
 *
 * @throws {@link ScriptError} with file and line when something is not understood, fails, or says other than expected
 */
export function runScript(
  text: string,
  commands: Readonly<Record<string, ScriptCommand>>,
  world: World,
  options: ScriptOptions = {},
): void {
  const run = new ScriptRun(new Map(Object.entries(commands)), world, options)
  for (const statement of parseScript(text, options.file ?? 'script')) run.take(statement)
  run.finish()
}

class ScriptRun {
  readonly #commands: ReadonlyMap<string, ScriptCommand>
  readonly #world: World
  readonly #options: ScriptOptions
  readonly #injector: FaultInjector
  #endMs = 0
  /** Set while something runs at its own time: time must not be made to pass from within. */
  #isLater = false

  constructor(commands: ReadonlyMap<string, ScriptCommand>, world: World, options: ScriptOptions) {
    this.#commands = commands
    this.#world = world
    this.#options = options
    this.#injector = new FaultInjector(world)
  }

  take(statement: Statement): void {
    const { when } = statement
    if (when.kind === 'now') {
      this.#execute(statement)
      return
    }
    this.#later(when.kind === 'at' ? when.ms : this.#world.nowMs + when.ms, () => {
      this.#isLater = true
      this.#execute(statement)
      this.#isLater = false
    })
  }

  finish(): void {
    if (this.#endMs > this.#world.nowMs) this.#world.run(this.#endMs)
  }

  #later(atMs: number, run: () => void): void {
    this.#endMs = Math.max(this.#endMs, atMs)
    this.#world.at(atMs, run)
  }

  #execute(statement: Statement): void {
    this.#options.print?.(`${this.#world.nowMs.toFixed(0).padStart(8)} ms  ${statement.source}`)
    try {
      const said = this.#say(statement)
      const { expected, withinMs } = statement
      if (expected === undefined || withinMs === undefined || isSame(said, expected)) this.#compare(statement, said)
      else this.#await(statement, withinMs)
    } catch (error) {
      if (error instanceof ScriptError) throw error
      throw this.#error(statement, error instanceof Error ? error.message : String(error), error)
    }
  }

  /** Asks again after every event until the answer is the expected one. */
  #await(statement: Statement, withinMs: number): void {
    this.#mustNotBeLater()
    let said: readonly string[] = []
    const isThere = (): boolean => {
      said = this.#say(statement)
      return isSame(said, statement.expected ?? [])
    }
    this.#world.run(isThere, { forMs: withinMs })
    this.#compare(statement, said)
  }

  #compare(statement: Statement, said: readonly string[]): void {
    for (const line of said) this.#options.print?.(`${' '.repeat(11)}  => ${line}`)
    const { expected } = statement
    if (expected === undefined || isSame(said, expected)) return
    const show = (lines: readonly string[]): string => (lines.length === 0 ? 'nothing' : lines.join('\n    '))
    throw this.#error(statement, `"${statement.source}"\n  expected ${show(expected)}\n  but got  ${show(said)}`)
  }

  #error(statement: Statement, message: string, cause?: unknown): ScriptError {
    const { file = 'script' } = this.#options
    const when = `at ${this.#world.nowMs.toFixed(0)} ms of the world`
    return new ScriptError(file, statement.line, `${message} (${when})`, { cause })
  }

  #say(statement: Statement): readonly string[] {
    const [verb = '', ...words] = statement.words
    const own = this.#commands.get(verb)
    const fault = own === undefined ? parseFault(statement.words, this.#nameOf) : undefined
    if (fault === undefined && statement.forMs !== undefined)
      throw new RangeError(`"${verb}" is no fault: only a fault can have "for"`)
    if (own !== undefined) {
      const said = own(this.#call(words))
      return said === undefined ? [] : typeof said === 'string' ? [said] : said
    }
    if (fault === undefined) {
      this.#builtIn(verb, words, statement)
      return []
    }
    const end = this.#injector.begin(fault)
    if (statement.forMs !== undefined) this.#later(this.#world.nowMs + statement.forMs, end)
    return []
  }

  #builtIn(verb: string, words: readonly string[], statement: Statement): void {
    const { connectivity } = this.#world.network
    switch (verb) {
      case 'start':
        this.#eachName(words, this.#start)
        break
      case 'stop':
        this.#eachNode(words, (node) => {
          node.stop()
        })
        break
      case 'restart':
        this.#eachNode(words, (node) => {
          node.restart()
        })
        break
      case 'resume':
        this.#eachNode(words, (node) => {
          node.resume()
        })
        break
      case 'rejoin':
        this.#eachName(words, (name) => {
          connectivity.rejoin(name)
        })
        break
      case 'mend':
      case 'admit': {
        const { from, to } = parseWay(verb, words, this.#nameOf)
        if (verb === 'mend') connectivity.mend(from, to)
        else connectivity.admit(from, to)
        break
      }
      case 'heal':
        if (words[0] === 'all') this.#injector.heal(this.#world.nodes.map(({ name }) => name))
        else this.#injector.healNetwork()
        break
      case 'note':
        this.#world.note(words.join(' '))
        break
      case 'wait':
        this.#wait(words[0])
        break
      case 'settle':
        this.#settle(statement.withinMs ?? settleMs)
        break
      default:
        throw new RangeError(`there is no command "${verb}": register it, or correct the line`)
    }
  }

  readonly #nameOf = (word: string): NodeName => {
    const plain = nodeName(word)
    if (this.#options.nameOf === undefined || this.#world.has(plain)) return plain
    return this.#options.nameOf(word)
  }

  readonly #start = (name: NodeName): void => {
    if (this.#world.has(name)) {
      const node = this.#world.node(name)
      if (!node.isUp) node.restart()
      return
    }
    const { start } = this.#options
    if (start === undefined) throw new RangeError(`the world has no node "${name}": add it, or give the option "start"`)
    this.#world.addNode(name, start)
  }

  #eachName(words: readonly string[], run: (name: NodeName) => void): void {
    if (words.length === 0) throw new RangeError('name at least one node')
    for (const word of words) run(this.#nameOf(word))
  }

  #eachNode(words: readonly string[], run: (node: SimulatedNode) => void): void {
    this.#eachName(words, (name) => {
      run(this.#world.node(name))
    })
  }

  #wait(word: string | undefined): void {
    const ms = parseDuration(word)
    if (ms === undefined || ms < 0) throw new RangeError('"wait" needs a duration such as 300ms, 5s or 2m')
    this.#mustNotBeLater()
    this.#world.run(this.#world.nowMs + ms)
  }

  #settle(withinMs: number): void {
    const { isSettled, why } = this.#options
    if (isSettled === undefined) throw new RangeError('"settle" needs the option "isSettled"')
    this.#mustNotBeLater()
    if (this.#world.run(isSettled, { forMs: withinMs })) return
    throw new RangeError(`not settled within ${withinMs} ms${why === undefined ? '' : `: ${why()}`}`)
  }

  #mustNotBeLater(): void {
    if (this.#isLater) throw new RangeError('time cannot be made to pass in a line that begins with "at" or "after"')
  }

  #call(words: readonly string[]): ScriptCall {
    const names = words.map(this.#nameOf)
    return {
      world: this.#world,
      words,
      names,
      process: (at) => {
        const name = names[at]
        if (name === undefined) throw new RangeError('name a node')
        const { process } = this.#world.node(name)
        if (process === undefined) throw new RangeError(`"${name}" is not running: start it first`)
        return process
      },
    }
  }
}

function isSame(said: readonly string[], expected: readonly string[]): boolean {
  return said.length === expected.length && said.every((line, at) => line.trim() === expected[at])
}
