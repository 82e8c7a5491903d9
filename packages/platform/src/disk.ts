import { RingError } from './error.ts'

/** What a disk operation came to; errors are values here, since a full disk is an operating condition. */
export type DiskResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error }

/**
 * A directory of files, as much of a file system as a protocol needs. A name is a plain file name
 * ({@link checkFileName} throws at any other), without folders.
 *
 * Operations on one name are done in the order in which they were asked. Those on two names have no order: who needs
 * one, waits for `done`. The bytes given are copied at once. Every `done` is called once, and never from within the call.
 * A failed operation gives a {@link DiskError}, which says in what state it left the file.
 *
 * A crash, of the process or of the machine, leaves of each name what was durable, and of what was under way there what
 * its operation says below. Which names of several it hits is chance. What was read or listed is durable, too.
 */
export interface Disk {
  /** The bytes of a file, or `undefined` where there is none. */
  read(name: string, done: (result: DiskResult<Uint8Array | undefined>) => void): void
  /**
   * The names of the files, sorted: with what was asked before this, perhaps with what was asked since. Only plain names
   * are told, so that a file which somebody else put there may be missing.
   */
  list(done: (result: DiskResult<readonly string[]>) => void): void
  /**
   * Replaces the whole file. After a crash it holds either the old or the new bytes, never a mixture; once `done`
   * has been called with `ok`, the new bytes are durable. The same holds of one that failed.
   */
  replace(name: string, bytes: Uint8Array, done: (result: DiskResult<void>) => void): void
  /**
   * Adds bytes at the end of the file, which begins with them where there was none. A crash before `done` may leave any
   * prefix of them, or rubbish in their place (a torn write), never more bytes than were given, and never touches what
   * stood before them. Once `done` has been called with `ok`, they are durable.
   *
   * Appends to one name that were asked while another one is written share the next write: it costs one synchronisation,
   * a crash may leave any prefix of all of them, and one failure is the failure of each.
   *
   * After a failure the file ends where it ended before, or it is torn (`left: 'torn'`): its end is as after a crash, and
   * further appends to it are refused, since they would stand behind rubbish, until it has been replaced or removed.
   */
  append(name: string, bytes: Uint8Array, done: (result: DiskResult<void>) => void): void
  /** Removes a file; one that is not there is no error. After a crash, or a failure, it is there as it was, or gone. */
  remove(name: string, done: (result: DiskResult<void>) => void): void
}

export type DiskOperation = 'read' | 'list' | 'replace' | 'append' | 'remove'

/**
 * The state of a file after a failure: `unchanged`; `either` as it was or as it was to be, which reading tells; or
 * `torn`, with a part of what was to be added, or rubbish, at its end.
 */
export type DiskLeft = 'unchanged' | 'either' | 'torn'

const leftText: { readonly [left in DiskLeft]: string } = {
  unchanged: 'nothing was changed',
  either: 'it may have been done or not, which reading tells',
  torn: 'a part of the bytes may stand at the end, so replace or remove the file before you append to it',
}

/** An operation on a disk failed. Make room, or mend the disk or the rights of its directory, and try again. */
export class DiskError extends RingError {
  readonly operation: DiskOperation
  /** What the file is like now. */
  readonly left: DiskLeft

  /** @param what the name of the file, or of the directory that was to be listed */
  constructor(operation: DiskOperation, what: string, left: DiskLeft, cause: Error) {
    const state = operation === 'read' || operation === 'list' ? '' : `; ${leftText[left]}`
    super('RING_DISK', `cannot ${operation} "${what}" (${cause.message})${state}`, { cause })
    this.operation = operation
    this.left = left
  }
}

/** Names that end so are kept for what a disk has under way; they are never listed. */
export const unfinishedSuffix = '.new'

const shape = /^[a-z0-9][a-z0-9.-]*$/

/** Whether a {@link Disk} may have a file of this name. */
export function isFileName(name: string): boolean {
  return shape.test(name) && !name.endsWith(unfinishedSuffix)
}

/** @throws RangeError for a name that leads out of the directory, or that is kept for what is under way */
export function checkFileName(name: string): void {
  if (isFileName(name)) return
  throw new RangeError(
    `"${name}" is not a plain file name: use a-z, 0-9, dot and hyphen, begin with no dot or hyphen, and do not end with ${unfinishedSuffix}`,
  )
}
