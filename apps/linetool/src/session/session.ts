import type { Clock } from '@ring/platform'
import { type Invocation, parseCommand } from '../core/commands/parse-command.ts'
import { UsageError } from '../core/errors.ts'
import { referred } from '../core/line/history-reference.ts'
import type { GivenOptions } from '../core/options/given-options.ts'
import type { Level, Settings } from '../core/options/settings.ts'
import { withoutControls } from '../core/ring/reply.ts'
import { exitCodes } from '../exit-codes.ts'
import type { CommandResult, Desk, Evaluated, Machine, SessionHost } from './command-context.ts'
import { handlers } from './commands/handlers.ts'
import { failureOf, InterruptedError } from './exit-code-of.ts'
import { LoopLines } from './loop-lines.ts'
import { pause } from './pause.ts'
import type { RingAccess } from './ring-access.ts'

export interface SessionParts {
  readonly ring: RingAccess
  readonly clock: Clock
  readonly desk: Desk
  readonly machine: Machine
  readonly settings: Settings
  /** Options of the start, which hold where a command says nothing else. */
  readonly defaults: GivenOptions
  /** Lines typed so far, the oldest first. */
  readonly history: () => readonly string[]
}

const deepest = 16

/** Runs lines one after the other, from wherever they come. */
export class Session implements SessionHost {
  readonly #parts: SessionParts
  #level: Level
  #loop: LoopLines | undefined
  #running: AbortController | undefined
  #isOver = false
  #depth = 0
  #isRepeating = false

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.#level = parts.settings.level
  }

  get history(): readonly string[] {
    return this.#parts.history()
  }

  get level(): Level {
    return this.#level
  }

  set level(level: Level) {
    this.#level = level
  }

  /** Somebody has said quit. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** The lines that come belong to a loop. */
  get isInLoop(): boolean {
    return this.#loop !== undefined
  }

  end(): void {
    this.#isOver = true
  }

  beginLoop(everyMs: number, rounds: number | undefined): void {
    if (this.#isRepeating) throw new UsageError('A loop cannot be within a loop: give all its commands to one.')
    this.#loop = new LoopLines(everyMs, rounds)
  }

  /** Ends the command that runs, or the loop that is being typed. @returns whether there was one */
  interrupt(): boolean {
    const isLoop = this.#loop !== undefined
    this.#loop = undefined
    this.#running?.abort(new InterruptedError())
    return isLoop || this.#running !== undefined
  }

  /** Runs a line and shows what it comes to. Never throws. */
  async run(line: string): Promise<number> {
    const controller = new AbortController()
    this.#running = controller
    try {
      return await this.#runWithin(line, controller.signal)
    } finally {
      this.#running = undefined
    }
  }

  /** No line follows: a loop that was being given begins. */
  async finish(): Promise<number> {
    const loop = this.#loop
    if (loop === undefined) return exitCodes.ok
    const controller = new AbortController()
    this.#running = controller
    this.#loop = undefined
    try {
      return await this.#repeat(loop, controller.signal)
    } finally {
      this.#running = undefined
    }
  }

  /** Lines of a file. The first one that fails ends them, unless it was said to keep going; its code is that of all. */
  async runAll(lines: readonly string[], signal: AbortSignal): Promise<number> {
    if (this.#depth === deepest)
      throw new UsageError(`Files load each other more than ${deepest} deep: one loads itself.`)
    this.#depth++
    try {
      return await this.#runLines(lines, signal)
    } finally {
      this.#depth--
    }
  }

  async #runLines(lines: readonly string[], signal: AbortSignal): Promise<number> {
    let first: number = exitCodes.ok
    const note = (code: number): void => {
      if (first === exitCodes.ok) first = code
    }
    for (const line of lines) {
      if (this.#isOver || signal.aborted) break
      note(await this.#runWithin(line, signal))
      if (first !== exitCodes.ok && !this.#parts.settings.keepGoing) return first
    }
    const loop = this.#loop
    this.#loop = undefined
    if (loop !== undefined && !signal.aborted) note(await this.#repeat(loop, signal))
    return signal.aborted ? exitCodes.interrupted : first
  }

  async evaluate(line: string, signal: AbortSignal): Promise<Evaluated | undefined> {
    const invocation = parseCommand(line)
    const result = invocation && (await this.#perform(invocation, signal))
    if (invocation === undefined || result === undefined || result.isShown === true) return undefined
    return { isJson: this.#optionsOf(invocation).has('asJson'), text: () => this.#textOf(invocation, result) }
  }

  async #runWithin(line: string, signal: AbortSignal): Promise<number> {
    const loop = this.#loop
    if (loop !== undefined) {
      const taken = loop.take(line)
      if (taken === 'taken') return exitCodes.ok
      this.#loop = undefined
      const code = await this.#repeat(loop, signal)
      if (taken === 'last' || code !== exitCodes.ok) return code
    }
    return this.#show(line, signal)
  }

  async #show(line: string, signal: AbortSignal): Promise<number> {
    const { clock, settings, desk } = this.#parts
    const startMs = clock.monotonicMs()
    let invocation: Invocation | undefined
    let exitCode: number = exitCodes.ok
    try {
      invocation = this.#meant(line)
      if (invocation === undefined) return exitCodes.ok
      const result = await this.#perform(invocation, signal)
      if (result !== undefined) exitCode = this.#print(invocation, result)
    } catch (error) {
      exitCode = this.#printFailure(invocation, error)
    }
    if (settings.lap) desk.note(`(${((clock.monotonicMs() - startMs) / 1_000).toFixed(3)} s)\n`)
    return exitCode
  }

  #meant(line: string): Invocation | undefined {
    const meant = referred(line, this.history)
    if (meant !== line) this.#parts.desk.note(`${meant}\n`)
    return parseCommand(meant)
  }

  async #perform(invocation: Invocation, signal: AbortSignal): Promise<CommandResult | undefined> {
    const { ring, clock, settings, desk, machine } = this.#parts
    const options = this.#optionsOf(invocation)
    return handlers[invocation.command]({
      invocation,
      options,
      ring,
      clock,
      settings,
      desk,
      machine,
      session: this,
      signal,
    })
  }

  #optionsOf(invocation: Invocation | undefined): GivenOptions {
    return invocation === undefined ? this.#parts.defaults : invocation.options.over(this.#parts.defaults)
  }

  #print(invocation: Invocation, result: CommandResult): number {
    if (result.isShown !== true) this.#parts.desk.print(this.#textOf(invocation, result))
    return result.exitCode
  }

  #textOf(invocation: Invocation, result: CommandResult): string {
    const options = this.#optionsOf(invocation)
    if (!options.has('asJson')) return result.text(this.#parts.desk.view(options.has('ascii')))
    const ok = result.exitCode === exitCodes.ok
    return jsonLine({ form: 1, command: invocation.command, ok, ...result.document })
  }

  #printFailure(invocation: Invocation | undefined, error: unknown): number {
    const { desk } = this.#parts
    const { exitCode, code, message } = failureOf(error)
    if (this.#optionsOf(invocation).has('asJson')) {
      const command = invocation?.command ?? null
      desk.print(jsonLine({ form: 1, command, ok: false, error: { code, message } }))
    }
    if (this.#level !== 'silent') desk.note(`ring-linetool: ${withoutControls(message)} [${code}]\n`)
    return exitCode
  }

  /** A round that fails does not end a loop: what is watched may well fail. */
  async #repeat(loop: LoopLines, signal: AbortSignal): Promise<number> {
    let first: number = exitCodes.ok
    this.#isRepeating = true
    try {
      for (let round = 1; round <= (loop.rounds ?? Number.POSITIVE_INFINITY); round++) {
        for (const line of loop.lines) {
          const code = await this.#show(line, signal)
          if (first === exitCodes.ok) first = code
          if (this.#isOver) return first
          signal.throwIfAborted()
        }
        if (round !== loop.rounds) await pause(this.#parts.clock, loop.everyMs, signal)
      }
      return first
    } catch (error) {
      return this.#printFailure(undefined, error)
    } finally {
      this.#isRepeating = false
    }
  }
}

/** 64-bit numbers are texts: a reader of JSON would round them. */
function jsonLine(document: object): string {
  return `${JSON.stringify(document, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}\n`
}
