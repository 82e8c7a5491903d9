import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'

/** Takes text without waiting for anybody. */
export interface LogOutput {
  /** False when the text is lost: nobody reads, or there is no room. */
  take(text: string): boolean
  /** Opens the file of its name again, after somebody has moved the old one away. */
  reopen(): void
  /** Resolves once what was taken is out, or a while has passed. */
  flush(): Promise<void>
}

/** What a reader that stands still may leave unread. */
const unreadBytesMax = 1024 * 1024
const flushMsMax = 500
const standardOutput = 1

/** Appends to a file, at once: what was logged before a crash is there after it. */
export class FileOutput implements LogOutput {
  readonly #path: string | undefined
  #fd: number | undefined
  /** The last line ended in the middle, because the disk was full. */
  #isTorn = false

  private constructor(path: string | undefined, fd: number | undefined) {
    this.#path = path
    this.#fd = fd
  }

  /**
   * Where the disk is full, lines are lost until there is room.
   *
   * @throws the file system's own error when the file cannot be opened for another reason
   */
  static open(path: string): FileOutput {
    try {
      return new FileOutput(path, openToAppend(path))
    } catch (error) {
      if (!isFull(error)) throw error
      return new FileOutput(path, undefined)
    }
  }

  static ofDescriptor(fd: number): FileOutput {
    return new FileOutput(undefined, fd)
  }

  take(text: string): boolean {
    try {
      this.#fd ??= this.#path === undefined ? undefined : openToAppend(this.#path)
      if (this.#fd === undefined) return false
      this.#append(this.#fd, Buffer.from(this.#isTorn ? `\n${text}` : text))
      return true
    } catch {
      return false
    }
  }

  reopen(): void {
    if (this.#path === undefined) return
    const fd = openToAppend(this.#path)
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = fd
    this.#isTorn = false
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  #append(fd: number, bytes: Buffer): void {
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(fd, bytes, written)
    } finally {
      if (written > 0) this.#isTorn = written < bytes.length
    }
  }
}

function openToAppend(path: string): number {
  return openSync(path, 'a')
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException).code))
}

/** Writes to a pipe, a socket or a terminal, whose reader may stand still or go away. */
export class StreamOutput implements LogOutput {
  readonly #stream: NodeJS.WriteStream
  #isBroken = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    stream.on('error', () => {
      this.#isBroken = true
    })
  }

  take(text: string): boolean {
    if (this.#isBroken || this.#stream.writableLength > unreadBytesMax) return false
    this.#stream.write(text)
    return true
  }

  reopen(): void {}

  flush(): Promise<void> {
    if (this.#isBroken || this.#stream.writableLength === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const ended = setTimeout(resolve, flushMsMax)
      this.#stream.write('', () => {
        clearTimeout(ended)
        resolve()
      })
    })
  }
}

/** Standard output as it is: a file and a device are written at once, the rest is waited for by nobody. */
export function standardLogOutput(): LogOutput {
  return isStream() ? new StreamOutput(process.stdout) : FileOutput.ofDescriptor(standardOutput)
}

function isStream(): boolean {
  if (isatty(standardOutput)) return true
  const state = fstatSync(standardOutput)
  return state.isFIFO() || state.isSocket()
}
