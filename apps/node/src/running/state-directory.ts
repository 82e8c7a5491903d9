import { join } from 'node:path'
import { FileDisk, type FileLock, lockFile } from '@ring/transport'
import { NodeSetupError } from '../errors.ts'

/** A state directory that one node has to itself: two that write there would take each other's promises away (rule R4). */
export class StateDirectory {
  readonly disk: FileDisk
  readonly #lock: FileLock | undefined

  private constructor(disk: FileDisk, lock: FileLock | undefined) {
    this.disk = disk
    this.#lock = lock
  }

  /** @throws NodeSetupError where another node has it, the file system's own errors */
  static async take(path: string): Promise<StateDirectory> {
    const disk = await FileDisk.open(path)
    return new StateDirectory(disk, await lockOf(path))
  }

  async release(): Promise<void> {
    await this.#lock?.release()
  }
}

async function lockOf(path: string): Promise<FileLock | undefined> {
  // Who cannot write there cannot vote either, and says so by itself.
  const outcome = await lockFile(join(path, 'state.lock')).catch(() => undefined)
  if (outcome === undefined || outcome.taken) return outcome?.lock
  throw new NodeSetupError(
    `Another node (process ${outcome.pid}) keeps its state in ${path}. Give each node a directory of its own: STATEDIR in [RING], where %n is the node's name.`,
  )
}
