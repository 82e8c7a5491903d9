import type { Selection, StoredKey } from '../core/moving/selection.ts'

/** An item as it moves: a key with its value, or without one where it was removed. */
export type DataItem = readonly [key: StoredKey, value: Uint8Array | null]

/** What a merge is called, and what it is to this server. */
export interface MergeBegin {
  readonly merge: string
  /** This server lives anew: on `commit` what comes replaces what it has of the keys that it gains, removals too. */
  readonly isReturning: boolean
}

export interface ReadRequest {
  readonly merge: string
  readonly select: Selection
  /** The mark up to which all is known already; 0 for all. */
  readonly since: number
  /** About so many bytes of keys and values; one item more is no harm. */
  readonly maxBytes: number
}

export interface ReadAnswer {
  /** Items that have changed since the mark, removals included, in the order of their last change. */
  readonly items: readonly DataItem[]
  /** All that had changed up to here is told, with this answer and those before it. */
  readonly mark: number
  /** There is more that can be read at once. */
  readonly more: boolean
}

/**
 * What a server program lets its ring do with its data. All calls but `read` may come again after a failure, and have to do no
 * harm then; each may be async. What one throws is said to people, and it is called again later.
 */
export interface DataStore {
  /** A merge begins. Copies of any other are never to be read. */
  begin?(merge: MergeBegin): void | Promise<void>
  read(request: ReadRequest): ReadAnswer | Promise<ReadAnswer>
  /** Copies of a merge: not to be read before its `commit`. */
  write(merge: string, items: readonly DataItem[]): void | Promise<void>
  /** Nothing of these keys is written from now on, until `open`, `commit` or `abort`. */
  close(merge: string, select: Selection): void | Promise<void>
  /** Its end is put off: they may be written again. */
  open(merge: string): void | Promise<void>
  /**
   * The copies count from now on, in place of what there was of the keys in `gained`; what is not in `holds` any more may go.
   */
  commit(merge: string, end: MergeEnd): void | Promise<void>
  /** Copies of it never count. */
  abort(merge: string): void | Promise<void>
}

export interface MergeEnd {
  /** Keys that this server has got; missing where it has got none. */
  readonly gained: readonly Selection[]
  /** Keys that it holds from now on. */
  readonly holds: Selection
}
