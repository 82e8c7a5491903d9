import type { FileHandle } from 'node:fs/promises'
import { type FileSystem, machineFileSystem } from '../disk/synced-directory.ts'

/**
 * The machine's file system as one process has it, of which a test strikes one call: that fails, and perhaps all behind
 * it; or the process ends in it, and none of its calls ever returns. A write that is struck is done in part.
 */
export class StruckFileSystem implements FileSystem {
  #callsLeft = Number.POSITIVE_INFINITY
  #kind: 'one' | 'all' | 'end' = 'one'
  #isOver = false
  #ended: (() => void) | undefined
  readonly #handles = new Set<FileHandle>()
  /** The names of all calls, in their order. */
  readonly calls: string[] = []

  /** @param after how many calls still succeed; then one fails, or every one until {@link heal} */
  failAfter(after: number, howMany: 'one' | 'all'): void {
    this.#callsLeft = after
    this.#kind = howMany
  }

  heal(): void {
    this.#callsLeft = Number.POSITIVE_INFINITY
  }

  /** Resolves when the process has ended in a call. */
  endAfter(after: number): Promise<void> {
    this.#callsLeft = after
    this.#kind = 'end'
    return new Promise((resolve) => {
      this.#ended = resolve
    })
  }

  readonly open = (async (...args: Parameters<FileSystem['open']>) => {
    const file = await this.#call('open', () => machineFileSystem.open(...args))
    if (this.#isOver) return this.#never(file)
    this.#handles.add(file)
    return this.#handle(file)
  }) as FileSystem['open']
  readonly readdir: FileSystem['readdir'] = (path) => this.#call('readdir', () => machineFileSystem.readdir(path))
  readonly rename: FileSystem['rename'] = (from, to) => this.#call('rename', () => machineFileSystem.rename(from, to))
  readonly unlink: FileSystem['unlink'] = (path) => this.#call('unlink', () => machineFileSystem.unlink(path))

  /** As much of a handle as a disk uses. */
  #handle(file: FileHandle): FileHandle {
    const used = {
      stat: () => this.#call('stat', () => file.stat()),
      readFile: () => this.#call('readFile', () => file.readFile()),
      sync: () => this.#call('sync', () => file.sync()),
      truncate: (length: number) => this.#call('truncate', () => file.truncate(length)),
      writeFile: (bytes: Uint8Array) =>
        this.#call(
          'writeFile',
          () => file.writeFile(bytes),
          () => file.writeFile(bytes.subarray(0, bytes.length / 2)),
        ),
      close: async () => {
        // A handle is gone whatever closing it came to.
        this.#handles.delete(file)
        await file.close()
        await this.#call('close', () => Promise.resolve())
      },
    }
    return used as unknown as FileHandle
  }

  async #call<T>(
    name: string,
    whole: () => Promise<T>,
    inPart: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<T> {
    this.calls.push(name)
    if (this.#callsLeft > 0) {
      this.#callsLeft--
      return whole()
    }
    if (this.#callsLeft === 0) await inPart()
    if (this.#kind === 'end') {
      if (this.#callsLeft === 0) await this.#end()
      return never
    }
    this.#callsLeft = this.#kind === 'one' ? Number.POSITIVE_INFINITY : -1
    throw new Error('EIO: struck')
  }

  async #end(): Promise<void> {
    this.#callsLeft = -1
    this.#isOver = true
    for (const file of this.#handles) await file.close()
    this.#ended?.()
  }

  /** What another name's call had opened when the process ended. */
  async #never(file: FileHandle): Promise<never> {
    await file.close()
    return never
  }
}

const never = new Promise<never>(() => undefined)
