import type { Duplex } from 'node:stream'
import { type Clock, DeadlineTimer, type Timer } from '@ring/platform'
import type { ControlBounds } from './control-bounds.ts'
import { CommandGathering, type Gathered } from './core/command-gathering.ts'
import { commandName, wordsOf } from './core/commands/command-line.ts'
import type { Access, CommandForm, CommandTable } from './core/commands/command-table.ts'
import { dispatch } from './core/commands/dispatcher.ts'
import { failure, type Outcome } from './core/commands/outcome.ts'
import { keptReply } from './core/replies/kept-reply.ts'
import { outcomeText } from './core/replies/reply-text.ts'
import { writeReply } from './reply-writing.ts'
import type { TokenCheck } from './token-check.ts'

export interface ConnectionSurroundings {
  readonly table: CommandTable
  readonly tokens: TokenCheck
  readonly clock: Clock
  readonly bounds: ControlBounds
  /** Open connections now. */
  readonly connections: () => number
  readonly onCommand: (from: string, command: CommandForm, reply: string) => void
  readonly onWrongToken: (from: string) => void
}

/** What is kept unread of a client that sends commands faster than they run. */
const heldBytesMax = 64 * 1024

/**
 * One client of the control port: its first lines may show a token or ask to keep the connection, then it has one command, or
 * one after the other.
 */
export class ControlConnection {
  readonly #socket: Duplex
  readonly #from: string
  readonly #around: ConnectionSurroundings
  readonly #gathering: CommandGathering
  readonly #due: DeadlineTimer
  #access: Access
  #isKept = false
  /** A command runs, or its reply is written. */
  #isBusy = false
  #isClosing = false
  #hasEnded = false
  #running: AbortController | undefined
  #timer: Timer | undefined

  constructor(socket: Duplex, from: string, access: Access, around: ConnectionSurroundings) {
    this.#socket = socket
    this.#from = from
    this.#access = access
    this.#around = around
    this.#due = new DeadlineTimer(around.clock, () => this.#next())
    this.#gathering = new CommandGathering({
      isCommand: (word) => around.table.find(word) !== undefined,
      timeoutMs: around.bounds.commandMs,
    })
    this.#gathering.await(this.#nowMs())
    socket.on('data', (bytes: Uint8Array) => this.#onBytes(bytes))
    socket.on('end', () => this.#onEnd())
    socket.once('close', () => this.#onClosed())
    this.#arm()
  }

  /** Nobody would miss it: no command of it runs, or its client may have gone. */
  get isIdle(): boolean {
    return !this.#isBusy || this.#hasEnded
  }

  /** Its host may do nothing, and it has shown no token. */
  get isStranger(): boolean {
    return this.#access === 'refused'
  }

  #onBytes(bytes: Uint8Array): void {
    // What comes behind the only command is nobody's.
    if (this.#isClosing || (this.#isBusy && !this.#isKept)) return
    this.#gathering.onBytes(bytes, this.#nowMs())
    if (this.#isBusy && this.#gathering.heldBytes > heldBytesMax) this.#socket.pause()
    this.#next()
  }

  #onEnd(): void {
    this.#hasEnded = true
    this.#gathering.onEnd()
    if (this.#isClosing) this.#socket.destroy()
    else this.#next()
  }

  #onClosed(): void {
    this.#isClosing = true
    this.#due.stop()
    this.#timer?.cancel()
    this.#running?.abort()
  }

  #next(): void {
    while (!this.#isBusy && !this.#isClosing) {
      const gathered = this.#gathering.take(this.#nowMs())
      if (gathered === undefined) break
      this.#take(gathered)
    }
    if (!this.#isBusy && !this.#isClosing) this.#socket.resume()
    this.#arm()
  }

  #arm(): void {
    const { dueMs } = this.#gathering
    this.#due.arm(this.#isBusy || this.#isClosing || dueMs === Number.POSITIVE_INFINITY ? undefined : dueMs)
  }

  #take(gathered: Gathered): void {
    if (gathered.kind === 'nothing') this.#close()
    else if (gathered.kind === 'too-long') this.#refuseLong()
    else this.#steerOrRun(gathered.line)
  }

  #steerOrRun(line: string): void {
    const { word, rest } = wordsOf(line)
    const name = commandName(word)
    if (name === 'TOKEN') this.#showToken(rest[0] ?? '')
    // Who is not known to be anybody learns nothing.
    else if (this.#access === 'refused') this.#socket.destroy()
    else if (name === 'KEEP' && !this.#isKept) this.#keep()
    else if (this.#isKept && name === 'QUIT') this.#close()
    else if (this.#isKept && line.trim() === '') this.#await()
    else this.#dispatch(line)
  }

  #showToken(token: string): void {
    const { tokens, clock, bounds, onWrongToken } = this.#around
    if (tokens.accepts(token)) {
      this.#access = 'change'
      return this.#await()
    }
    onWrongToken(this.#from)
    this.#isBusy = true
    this.#isKept = false
    const outcome = failure('wrong-token', 'This token is not valid here.', ['Ask for the one in the configuration.'])
    this.#timer = clock.after(bounds.wrongTokenMs, () => this.#reply(outcomeText(outcome)))
  }

  #keep(): void {
    this.#isKept = true
    this.#reply(outcomeText({ ok: true, code: 'kept', text: '' }))
  }

  #refuseLong(): void {
    this.#isKept = false
    this.#reply(outcomeText(failure('too-long', 'The command is longer than 8191 bytes.')))
  }

  #dispatch(line: string): void {
    const dispatched = dispatch(this.#around.table, line, this.#access)
    if ('reply' in dispatched) return this.#reply(dispatched.reply)
    this.#isBusy = true
    const running = new AbortController()
    this.#running = running
    let isOver = false
    const finish = (reply: string) => {
      if (isOver) return
      isOver = true
      this.#timer?.cancel()
      this.#running = undefined
      this.#around.onCommand(this.#from, dispatched.command, reply)
      this.#reply(reply)
    }
    const { clock, bounds, connections } = this.#around
    this.#timer = clock.after(isWaiting(line) ? bounds.waitMs : bounds.runMs, () => {
      finish(outcomeText(tooSlow(dispatched.command)))
      running.abort()
    })
    void dispatched.run({ from: this.#from, connections: connections(), signal: running.signal }).then(finish)
  }

  #reply(text: string): void {
    if (this.#isClosing) return
    this.#isBusy = true
    const { clock, bounds } = this.#around
    writeReply(this.#socket, this.#isKept ? keptReply(text) : text, { clock, sliceMs: bounds.replyMs }, (wasTaken) => {
      if (!wasTaken) this.#socket.destroy()
      else if (this.#isKept) this.#rest()
      else this.#close()
    })
  }

  /** A kept connection waits for its next command. */
  #rest(): void {
    this.#isBusy = false
    this.#gathering.await(this.#nowMs(), this.#around.bounds.restMs)
    this.#next()
  }

  /** The line that was taken is not the command that is waited for. */
  #await(): void {
    const { restMs, commandMs } = this.#around.bounds
    this.#gathering.await(this.#nowMs(), this.#isKept ? restMs : commandMs)
  }

  /**
   * Ends it from this side, and goes on reading for a while: with bytes of the client unread, the system would take back what was
   * written last.
   */
  #close(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#isBusy = false
    this.#due.stop()
    this.#socket.end()
    this.#socket.resume()
    if (this.#hasEnded) return
    const { clock, bounds } = this.#around
    this.#timer = clock.after(bounds.lingerMs, () => this.#socket.destroy())
  }

  #nowMs(): number {
    return this.#around.clock.monotonicMs()
  }
}

function isWaiting(line: string): boolean {
  return wordsOf(line).rest.some((word) => ['WAIT', '--WAIT'].includes(word.toUpperCase()))
}

function tooSlow({ name, kind }: CommandForm): Outcome {
  const what =
    kind === 'read' ? 'It changes nothing.' : 'It may have happened, or may still happen: SELFSTATUS shows it.'
  return failure('timed-out', `${name} took too long.`, [what])
}
