import { checkFileName, type Disk, DiskQueue, type DiskResult, type DiskTask } from '@ring/platform'
import { makeDirectory } from '../machine/make-directory.ts'
import { type FileSystem, machineFileSystem, SyncedDirectory } from './synced-directory.ts'

/**
 * A directory of the machine as the platform's {@link Disk}. Files have mode 0600, the directory 0700; a write is
 * reported done when file and directory are synced. Whoever writes must be the only one who does: hold a lock.
 */
export class FileDisk implements Disk {
  readonly #directory: SyncedDirectory
  readonly #queue = new DiskQueue((task) => this.#start(task))
  readonly #running = new Set<Promise<void>>()

  private constructor(directory: SyncedDirectory) {
    this.#directory = directory
  }

  /** @param fileSystem the machine's, unless a test has one that fails */
  static async open(directory: string, fileSystem: FileSystem = machineFileSystem): Promise<FileDisk> {
    await makeDirectory(directory, 0o700)
    return new FileDisk(new SyncedDirectory(directory, fileSystem))
  }

  read(name: string, done: (result: DiskResult<Uint8Array | undefined>) => void): void {
    checkFileName(name)
    this.#queue.ask({ kind: 'read', name, done })
  }

  list(done: (result: DiskResult<readonly string[]>) => void): void {
    this.#queue.ask({ kind: 'list', done })
  }

  replace(name: string, bytes: Uint8Array, done: (result: DiskResult<void>) => void): void {
    checkFileName(name)
    this.#queue.ask({ kind: 'replace', name, bytes: Uint8Array.from(bytes), done })
  }

  append(name: string, bytes: Uint8Array, done: (result: DiskResult<void>) => void): void {
    checkFileName(name)
    this.#queue.ask({ kind: 'append', name, bytes: Uint8Array.from(bytes), done })
  }

  remove(name: string, done: (result: DiskResult<void>) => void): void {
    checkFileName(name)
    this.#queue.ask({ kind: 'remove', name, done })
  }

  /** Resolves when nothing is being read or written any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  #start(task: DiskTask): void {
    const over = this.#perform(task).finally(() => this.#running.delete(over))
    this.#running.add(over)
  }

  #perform(task: DiskTask): Promise<void> {
    switch (task.kind) {
      case 'read':
        return this.#settle(task, this.#directory.read(task.name), task.done)
      case 'list':
        return this.#settle(task, this.#directory.list(), task.done)
      case 'replace':
        return this.#settle(task, this.#directory.replace(task.name, task.bytes), task.done)
      case 'append':
        return this.#settle(task, this.#directory.append(task.name, task.bytes), task.done)
      case 'remove':
        return this.#settle(task, this.#directory.remove(task.name), task.done)
    }
  }

  async #settle<T>(task: DiskTask, work: Promise<T>, done: (result: DiskResult<T>) => void): Promise<void> {
    const result = await work.then(
      (value): DiskResult<T> => ({ ok: true, value }),
      (error: unknown): DiskResult<T> => ({ ok: false, error: error as Error }),
    )
    this.#queue.end(task)
    // In a turn of its own: what the caller throws is not taken for an error of the disk, nor holds it up.
    queueMicrotask(() => done(result))
  }
}
