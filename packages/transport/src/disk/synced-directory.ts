import { constants } from 'node:fs'
import { type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { DiskError, type DiskLeft, type DiskOperation, isFileName, unfinishedSuffix } from '@ring/platform'

/** What is asked of the machine. */
export interface FileSystem {
  readonly open: typeof open
  readonly readdir: (path: string) => Promise<string[]>
  readonly rename: typeof rename
  readonly unlink: typeof unlink
}

export const machineFileSystem: FileSystem = { open, readdir: (path) => readdir(path), rename, unlink }

/**
 * What a disk does in a directory, each durable once its promise resolves; what rejects is a {@link DiskError}. Two
 * operations on one name must not run at one time.
 */
export class SyncedDirectory {
  readonly #path: string
  readonly #fs: FileSystem
  /** Names of which this object knows that what they hold, and that they are there, is synced. */
  readonly #synced = new Set<string>()
  /** Appends that could be neither finished nor taken back. */
  readonly #torn = new Map<string, Error>()
  #clean: Promise<void> | undefined
  #begun: Promise<void> | undefined

  constructor(path: string, fileSystem: FileSystem) {
    this.#path = path
    this.#fs = fileSystem
  }

  /** A process before may have ended between its write and the sync: what is told must be synced first. */
  async read(name: string): Promise<Uint8Array | undefined> {
    return this.#attempt('read', name, async () => {
      await this.#begin()
      const file = await this.#fs.open(join(this.#path, name), 'r').catch(unlessMissing)
      const bytes = await using(file, async (opened) => {
        if (!this.#synced.has(name)) await opened.sync()
        return new Uint8Array(await opened.readFile())
      })
      if (bytes !== undefined) this.#synced.add(name)
      return bytes
    })
  }

  async list(): Promise<readonly string[]> {
    return this.#attempt('list', this.#path, async () => {
      const names = await this.#fs.readdir(this.#path)
      await this.#syncDirectory()
      return names.filter(isFileName).sort()
    })
  }

  async replace(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#path, name)
    const fresh = `${path}${unfinishedSuffix}`
    await this.#attempt('replace', name, async (reached) => {
      await this.#removeUnfinished()
      const file = await this.#fs.open(fresh, 'w', 0o600)
      await using(file, async (opened) => {
        await opened.writeFile(bytes)
        await opened.sync()
      }).catch(async (error: unknown) => {
        // It takes room that others may need; where it cannot be removed, the next start will.
        await this.#fs.unlink(fresh).catch(() => undefined)
        throw error
      })
      reached('either')
      this.#synced.delete(name)
      await this.#fs.rename(fresh, path)
      await this.#syncDirectory()
    })
    this.#synced.add(name)
    this.#torn.delete(name)
  }

  async append(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#path, name)
    await this.#attempt('append', name, async (reached) => {
      const tornBy = this.#torn.get(name)
      if (tornBy !== undefined) {
        reached('torn')
        throw tornBy
      }
      await this.#removeUnfinished()
      const file = await this.#fs.open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600)
      let length: number | undefined
      try {
        await using(file, async (opened) => {
          length = (await opened.stat()).size
          await opened.writeFile(bytes)
          await opened.sync()
          if (!this.#synced.has(name)) await this.#syncDirectory()
        })
      } catch (error) {
        this.#synced.delete(name)
        if (length !== undefined && !(await this.#takeBack(path, length))) {
          this.#torn.set(name, error as Error)
          reached('torn')
        }
        throw error
      }
    })
    this.#synced.add(name)
  }

  async remove(name: string): Promise<void> {
    await this.#attempt('remove', name, async (reached) => {
      await this.#removeUnfinished()
      reached('either')
      this.#synced.delete(name)
      await this.#fs.unlink(join(this.#path, name)).catch(unlessMissing)
      await this.#syncDirectory()
    })
    this.#torn.delete(name)
  }

  /** Makes a file end where it ended before. A handle that has failed is not asked for that. */
  async #takeBack(path: string, length: number): Promise<boolean> {
    try {
      await using(await this.#fs.open(path, 'r+'), async (opened) => {
        await opened.truncate(length)
        await opened.sync()
      })
      return true
    } catch {
      return false
    }
  }

  /** Once: what a process before renamed or removed is as it stands. */
  #begin(): Promise<void> {
    this.#begun ??= this.#syncDirectory().catch((error: unknown) => {
      this.#begun = undefined
      throw error
    })
    return this.#begun
  }

  /**
   * Once, and before the first write, not the first read: who only reads does not hold the lock, and what is unfinished
   * may be another's.
   */
  #removeUnfinished(): Promise<void> {
    this.#clean ??= this.#unlinkUnfinished().catch((error: unknown) => {
      this.#clean = undefined
      throw error
    })
    return this.#clean
  }

  async #unlinkUnfinished(): Promise<void> {
    const names = await this.#fs.readdir(this.#path)
    const unfinished = names.filter(
      (name) => name.endsWith(unfinishedSuffix) && isFileName(name.slice(0, -unfinishedSuffix.length)),
    )
    for (const name of unfinished) await this.#fs.unlink(join(this.#path, name)).catch(unlessMissing)
  }

  /** What is new, renamed or removed in a directory is durable only when the directory is. */
  async #syncDirectory(): Promise<void> {
    await using(await this.#fs.open(this.#path, 'r'), (directory) => directory.sync())
  }

  async #attempt<T>(
    operation: DiskOperation,
    what: string,
    work: (reached: (left: DiskLeft) => void) => Promise<T>,
  ): Promise<T> {
    let left: DiskLeft = 'unchanged'
    try {
      return await work((reached) => {
        left = reached
      })
    } catch (error) {
      throw new DiskError(operation, what, left, error instanceof Error ? error : new Error(String(error)))
    }
  }
}

/** What `use` gives; the handle is closed in any case, and an error of that is told unless there was one before. */
async function using<T>(file: FileHandle, use: (file: FileHandle) => Promise<T>): Promise<T>
async function using<T>(file: FileHandle | undefined, use: (file: FileHandle) => Promise<T>): Promise<T | undefined>
async function using<T>(file: FileHandle | undefined, use: (file: FileHandle) => Promise<T>): Promise<T | undefined> {
  if (file === undefined) return undefined
  let value: T
  try {
    value = await use(file)
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
  await file.close()
  return value
}

function unlessMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  return undefined
}
