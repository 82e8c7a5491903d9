/** A command of CHMPX is what one read of it takes. */
export const commandBytesMax = 8191

/** How long a command whose name is known, and which nothing ends, waits for more. */
export const silenceMs = 200

export type Gathered =
  | { readonly kind: 'command'; readonly line: string }
  /** A NUL alone, or an end without a word: CHMPX closes without a reply. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'too-long' }

export interface GatheringOptions {
  /** Whether a word is a command that is complete by itself. */
  readonly isCommand: (word: string) => boolean
  /** By when a command must be there that has begun, or is waited for. */
  readonly timeoutMs: number
}

const lf = 0x0a
const nul = 0x00
const decoder = new TextDecoder()

/**
 * Makes commands of bytes that come in pieces. One ends with LF, CR LF or NUL, with the other side's end, or with 200 ms of
 * silence after a word that is a command; what is not ended at the deadline counts as it is. At most one command's bytes are kept
 * beyond what was handed in last.
 */
export class CommandGathering {
  readonly #options: GatheringOptions
  #held = new Uint8Array(0)
  /** How far it has been searched for an end. */
  #searched = 0
  #silentSinceMs = 0
  #deadlineMs = Number.POSITIVE_INFINITY
  #ended = false

  constructor(options: GatheringOptions) {
    this.#options = options
  }

  /** When `take` has something to say though nothing comes; infinite for never. */
  get dueMs(): number {
    const silent = this.#isCompleteCommand() ? this.#silentSinceMs + silenceMs : Number.POSITIVE_INFINITY
    return Math.min(silent, this.#deadlineMs)
  }

  /** What is kept until a command is complete, and of those behind it. */
  get heldBytes(): number {
    return this.#held.length
  }

  /** From now on a command is waited for. */
  await(nowMs: number, timeoutMs = this.#options.timeoutMs): void {
    this.#deadlineMs = nowMs + timeoutMs
    this.#silentSinceMs = nowMs
  }

  onBytes(bytes: Uint8Array, nowMs: number): void {
    if (this.#ended) return
    const held = new Uint8Array(this.#held.length + bytes.length)
    held.set(this.#held)
    held.set(bytes, this.#held.length)
    this.#held = held
    this.#silentSinceMs = nowMs
    // A command that has begun is given its own time, however long the wait for it may be.
    if (this.#deadlineMs - nowMs > this.#options.timeoutMs) this.#deadlineMs = nowMs + this.#options.timeoutMs
  }

  /** The other side sends no more. */
  onEnd(): void {
    this.#ended = true
  }

  /** The next command that is complete by now. */
  take(nowMs: number): Gathered | undefined {
    const end = this.#findEnd()
    if (end !== undefined) return this.#cut(end, end + 1)
    if (this.#held.length > commandBytesMax) {
      this.#held = new Uint8Array(0)
      return { kind: 'too-long' }
    }
    const isOver = this.#ended || nowMs >= this.#deadlineMs
    if (!isOver && nowMs < this.dueMs) return undefined
    if (this.#held.length === 0) return isOver ? { kind: 'nothing' } : undefined
    return this.#cut(this.#held.length, this.#held.length)
  }

  /** Where the first terminator stands within the bound. */
  #findEnd(): number | undefined {
    const until = Math.min(this.#held.length, commandBytesMax + 1)
    for (let at = this.#searched; at < until; at++) if (this.#held[at] === lf || this.#held[at] === nul) return at
    this.#searched = until
    return undefined
  }

  #cut(end: number, next: number): Gathered {
    const isNulAlone = end === 0 && this.#held[0] === nul
    const line = decoder.decode(this.#held.subarray(0, end)).replace(/\r$/, '')
    this.#held = this.#held.subarray(next)
    this.#searched = 0
    return isNulAlone ? { kind: 'nothing' } : { kind: 'command', line }
  }

  #isCompleteCommand(): boolean {
    if (this.#held.length === 0 || this.#held.length > commandBytesMax) return false
    const [word = ''] = decoder.decode(this.#held).split(/[ \t\r\n]/, 1)
    return this.#options.isCommand(word)
  }
}
