/** What a disk operation came to; errors are values here, since a full disk is an operating condition. */
export type DiskResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error }

/**
 * A directory of small files, as much of a file system as a protocol needs.
 * Names are plain file names (`[a-z0-9.-]+`), without folders.
 */
export interface Disk {
  /** The bytes of a file, or `undefined` where there is none. */
  read(name: string, done: (result: DiskResult<Uint8Array | undefined>) => void): void
  /**
   * Replaces the whole file. After a crash it holds either the old or the new bytes, never a mixture; once `done`
   * has been called with `ok`, the new bytes are durable.
   */
  replace(name: string, bytes: Uint8Array, done: (result: DiskResult<void>) => void): void
  /**
   * Adds bytes at the end of the file. A crash before `done` may leave any prefix of them, or rubbish in their place
   * (a torn write); once `done` has been called with `ok`, they are durable.
   */
  append(name: string, bytes: Uint8Array, done: (result: DiskResult<void>) => void): void
}
