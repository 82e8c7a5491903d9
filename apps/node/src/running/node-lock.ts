import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type FileLock, lockFile, makeDirectory } from '@ring/transport'
import { NodeRunningError, NodeSetupError } from '../errors.ts'

/** The right to be this node on this machine. */
export type NodeLock = FileLock

/**
 * Takes the lock of a runtime directory, which is made with mode 0700.
 *
 * @throws NodeRunningError, NodeSetupError
 */
export async function lockNode(directory: string): Promise<NodeLock> {
  await makePrivate(directory)
  const outcome = await lockFile(join(directory, 'node.lock'))
  if (!outcome.taken) throw new NodeRunningError(directory, outcome.pid)
  return outcome.lock
}

/** What is there already keeps its mode: it may be somebody else's, `/run` for example. */
async function makePrivate(directory: string): Promise<void> {
  await makeDirectory(directory, 0o700)
  const { uid, mode } = await stat(directory)
  const self = process.getuid?.() ?? uid
  if (uid !== self) throw new NodeSetupError(`${directory} belongs to another user. Name another RUNTIMEDIR in [RING].`)
  if ((mode & 0o077) !== 0) {
    throw new NodeSetupError(
      `Others may enter ${directory}. Name a directory in it that is this node's alone as RUNTIMEDIR in [RING] (it is made with mode 0700), or make this one private: chmod 700 ${directory}`,
    )
  }
  await checkParent(dirname(directory), self)
}

/** Whoever may rename entries of the parent could put a directory of their own in this one's place. */
async function checkParent(parent: string, self: number): Promise<void> {
  const { uid, mode } = await stat(parent)
  const othersWrite = (mode & 0o022) !== 0 && (mode & 0o1000) === 0
  if ((uid === self || uid === 0) && !othersWrite) return
  throw new NodeSetupError(`Other users may replace directories in ${parent}. Name another RUNTIMEDIR in [RING].`)
}
