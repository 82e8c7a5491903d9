import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { programSocketName } from '@ring/messaging'
import type { Logger } from '@ring/platform'
import { lockNode, type NodeLock } from './node-lock.ts'

const lookEveryMs = 2_000

/** What a watch of the runtime directory needs of the node. */
export interface RuntimeWatchHost {
  readonly logger: Logger
  /** Opens the sockets in it again. */
  reopen(): Promise<void>
  changed(): void
}

/**
 * Where a node keeps its lock and its sockets. Such directories are removed while the node runs: at the end of a login
 * session, by a cleaner of temporary files. Programs find nobody then; so it is made anew.
 */
export class RuntimeDirectory {
  readonly #path: string
  #lock: NodeLock
  #isThere = true
  #seen: number | undefined
  #timer: NodeJS.Timeout | undefined
  #isLooking = false
  #isReleased = false

  private constructor(path: string, lock: NodeLock) {
    this.#path = path
    this.#lock = lock
  }

  /** @throws NodeRunningError, NodeSetupError */
  static async take(path: string): Promise<RuntimeDirectory> {
    return new RuntimeDirectory(path, await lockNode(path))
  }

  /** Whether programs find this node there. */
  get isThere(): boolean {
    return this.#isThere
  }

  watch(host: RuntimeWatchHost): void {
    this.#timer = setInterval(() => void this.#look(host), lookEveryMs).unref()
    void this.#look(host)
  }

  async release(): Promise<void> {
    this.#isReleased = true
    clearInterval(this.#timer)
    await this.#lock.release()
  }

  async #look(host: RuntimeWatchHost): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    const socket = await this.#socket()
    this.#seen ??= socket
    if (socket === undefined || socket !== this.#seen) await this.#restore(host)
    this.#isLooking = false
  }

  async #restore(host: RuntimeWatchHost): Promise<void> {
    const { logger } = host
    if (this.#isThere) {
      const text = 'the runtime directory was removed, programs cannot attach; it is made anew'
      logger.warn({ event: 'runtime.lost', directory: this.#path }, text)
    }
    this.#isThere = false
    try {
      await this.#lock.release()
      const lock = await lockNode(this.#path)
      if (this.#isReleased) {
        await lock.release()
        return
      }
      this.#lock = lock
      await host.reopen()
      this.#seen = await this.#socket()
      this.#isThere = this.#seen !== undefined
      logger.info({ event: 'runtime.restored', directory: this.#path }, 'programs can attach again')
    } catch (error) {
      logger.debug({ event: 'runtime.not-restored', err: error }, 'the runtime directory cannot be made anew yet')
    }
    host.changed()
  }

  /** The socket's place in the file system; undefined when there is none. */
  #socket(): Promise<number | undefined> {
    return stat(join(this.#path, programSocketName)).then(
      ({ ino }) => ino,
      () => undefined,
    )
  }
}
