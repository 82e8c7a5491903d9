import { appendFile, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Disk, DiskResult } from '@ring/platform'
import { makeDirectory } from './make-directory.ts'

/**
 * A directory of the machine as the platform's {@link Disk}. Files have mode 0600, the directory 0700; a write is
 * reported done when file and directory are synced.
 */
export class FileDisk implements Disk {
  readonly #directory: string
  readonly #running = new Set<Promise<unknown>>()

  private constructor(directory: string) {
    this.#directory = directory
  }

  static async open(directory: string): Promise<FileDisk> {
    await makeDirectory(directory, 0o700)
    return new FileDisk(directory)
  }

  read(name: string, done: (result: DiskResult<Uint8Array | undefined>) => void): void {
    this.#settle(
      readFile(this.#path(name)).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }),
      done,
    )
  }

  replace(name: string, bytes: Uint8Array, done: (result: DiskResult<void>) => void): void {
    this.#settle(this.#replace(name, bytes), done)
  }

  append(name: string, bytes: Uint8Array, done: (result: DiskResult<void>) => void): void {
    this.#settle(this.#append(name, bytes), done)
  }

  async #replace(name: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(name)
    const fresh = `${path}.new`
    const file = await open(fresh, 'w', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, path)
    await this.#syncDirectory()
  }

  async #append(name: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(name)
    const isNew = await readFile(path).then(
      () => false,
      () => true,
    )
    const file = await open(path, 'a', 0o600)
    try {
      await appendFile(file, bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    if (isNew) await this.#syncDirectory()
  }

  /** A new name in a directory is durable only when the directory is. */
  async #syncDirectory(): Promise<void> {
    const directory = await open(this.#directory, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  }

  /** Resolves when nothing is being read or written any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }

  #settle<T>(work: Promise<T>, done: (result: DiskResult<T>) => void): void {
    const told = work.then(
      (value) => done({ ok: true, value }),
      (error: unknown) => done({ ok: false, error: error instanceof Error ? error : new Error(String(error)) }),
    )
    this.#running.add(told)
    void told.finally(() => this.#running.delete(told))
  }

  #path(name: string): string {
    if (!/^[a-z0-9][a-z0-9.-]*$/.test(name)) throw new RangeError(`"${name}" is not a plain file name`)
    return join(this.#directory, name)
  }
}
