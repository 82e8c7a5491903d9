import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FileDisk, lockFile } from '@ring/transport'
import { JoinOptionsError, StateInUseError } from './membership-errors.ts'

/** A member's state, held by this process alone: two processes with one vote would vote twice (rule R3). */
export interface StateDirectory {
  readonly disk: FileDisk
  release(): Promise<void>
}

/** @throws JoinOptionsError, StateInUseError */
export async function openStateDirectory(directory: string): Promise<StateDirectory> {
  const disk = await FileDisk.open(directory)
  await checkPrivate(directory)
  const outcome = await lockFile(join(directory, 'member.lock'))
  if (!outcome.taken) throw new StateInUseError(directory, outcome.pid)
  const release = async () => {
    // A write that is under way must not be found by the next holder half way.
    await disk.idle()
    await outcome.lock.release()
  }
  return { disk, release }
}

/** Who may write there may take this member's vote. */
async function checkPrivate(directory: string): Promise<void> {
  const { mode, uid } = await stat(directory)
  if ((mode & 0o022) === 0 && uid === (process.getuid?.() ?? uid)) return
  throw new JoinOptionsError(`Others may write to ${directory}. Give a stateDirectory of mode 0700 of your own.`)
}
