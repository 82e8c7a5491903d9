import { appendFile, chmod, mkdir, open, rename, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { withoutControls } from '../core/ring/reply.ts'

const lineMax = 8_000
/** A file that has grown to this is put aside when a session begins. */
const fileBytesMax = 1_048_576

type Environment = Readonly<Record<string, string | undefined>>

/** Where the history of a user is kept. */
export function historyPath(environment: Environment): string {
  const state = environment['XDG_STATE_HOME']
  const base = state !== undefined && state.startsWith('/') ? state : join(homedir(), '.local', 'state')
  return join(base, 'ring', 'linetool-history')
}

/**
 * The lines that a user has typed, in a file that all sessions add to: a line is appended as it is typed, so that none of them
 * loses what another has written. Nothing is ever rewritten; a large file is put aside whole, and read as the older part.
 */
export class HistoryFile {
  readonly #path: string
  readonly #size: number
  readonly #trouble: (text: string) => void
  #lines: string[] = []
  #writing: Promise<void> = Promise.resolve()
  #isTold = false

  private constructor(path: string, size: number, trouble: (text: string) => void) {
    this.#path = path
    this.#size = size
    this.#trouble = trouble
  }

  /** @param trouble is told once when the file cannot be read or written; the session goes on without it */
  static async open(path: string, size: number, trouble: (text: string) => void): Promise<HistoryFile> {
    const file = new HistoryFile(path, size, trouble)
    await file.#read().catch((error: unknown) => file.#tell(error))
    return file
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  /** The last line is not added a second time. */
  add(line: string): void {
    const text = withoutControls(line.replaceAll(/[\r\n]+/g, ' '))
      .trim()
      .slice(0, lineMax)
    if (text === '' || text === this.#lines.at(-1) || this.#size === 0) return
    this.#lines.push(text)
    if (this.#lines.length > this.#size) this.#lines = this.#lines.slice(-this.#size)
    this.#writing = this.#writing.then(() => this.#append(`${text}\n`)).catch((error: unknown) => this.#tell(error))
  }

  /** All that was added is written. */
  async written(): Promise<void> {
    await this.#writing
  }

  /** In one write, behind what other sessions have written meanwhile. */
  async #append(text: string): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
    await appendFile(this.#path, text, { mode: 0o600 })
  }

  async #read(): Promise<void> {
    if (this.#size === 0) return
    const there = await stat(this.#path).catch(() => undefined)
    if (there !== undefined) {
      // What was typed is nobody else's business, whoever made the file.
      if ((there.mode & 0o077) !== 0) await chmod(this.#path, 0o600)
      if (there.size > fileBytesMax) await rename(this.#path, `${this.#path}.old`)
    }
    const older = await endOf(`${this.#path}.old`)
    const newer = await endOf(this.#path)
    this.#lines = linesOf(`${older}${newer}`).slice(-this.#size)
  }

  #tell(error: unknown): void {
    if (this.#isTold) return
    this.#isTold = true
    const why = error instanceof Error ? error.message : String(error)
    this.#trouble(`The history is not kept: ${why}`)
  }
}

/** The lines of a file of history, whatever is in it. */
export function linesOf(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => withoutControls(line).trim().slice(0, lineMax))
    .filter((line) => line !== '')
}

/** The last part of a file as text; none of one that is not there. */
async function endOf(path: string): Promise<string> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return ''
  try {
    const { size } = await handle.stat()
    const bytes = Buffer.alloc(Math.min(size, 2 * fileBytesMax))
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, Math.max(0, size - bytes.length))
    const text = bytes.subarray(0, bytesRead).toString('utf8')
    return text === '' || text.endsWith('\n') ? text : `${text}\n`
  } finally {
    await handle.close()
  }
}
