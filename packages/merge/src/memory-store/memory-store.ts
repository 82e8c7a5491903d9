import { Selector, type StoredKey } from '../core/moving/selection.ts'
import { KeyClosedError } from '../errors.ts'
import type { DataItem, DataStore, MergeBegin, MergeEnd, ReadAnswer, ReadRequest } from '../moving/data-store.ts'
import { ChangeLog } from './change-log.ts'
import { keyText } from './key-text.ts'
import { Sweep } from './sweep.ts'

interface Item {
  readonly key: StoredKey
  /** `null` where it was removed: who copies has to hear of that. */
  value: Uint8Array | null
  seq: number
}

/** Items that one answer looks at, so that a large store does not hold its process up. */
const lookedAtMost = 20_000

/**
 * Keys and values in memory, of a server program whose data follows its keys: hand it to `serveData()`. Several handlers may share
 * it. Keys are texts, bytes (a text and its UTF-8 bytes are one key, as they are for the ring) or whole numbers; values are
 * bytes, and are kept as they are given.
 */
export class MemoryStore implements DataStore {
  /** What counts. */
  readonly #items = new Map<string, Item>()
  readonly #log = new ChangeLog<Item>()
  /** Copies of the merge that is under way. */
  #copies: { readonly merge: string; readonly items: Map<string, Item> } | undefined
  /** What has been committed and is not yet in its place. */
  #sweep: Sweep<Item> | undefined
  /** The merge whose readers have to hear of removals; without one nothing is kept of what was removed. */
  #merge: string | undefined
  readonly #removed = new Set<string>()
  #ended: string | undefined
  #closed: { readonly merge: string; readonly selector: Selector } | undefined
  #size = 0

  /** How many keys have a value. */
  get size(): number {
    this.#settle()
    return this.#size
  }

  get(key: StoredKey): Uint8Array | undefined {
    return this.#find(keyText(key))?.value ?? undefined
  }

  has(key: StoredKey): boolean {
    return this.get(key) !== undefined
  }

  /** @throws KeyClosedError when the key is just moving to another server: nothing has changed then */
  set(key: StoredKey, value: Uint8Array): void {
    this.#change(key, value)
  }

  /**
   * @returns whether it had a value
   * @throws KeyClosedError
   */
  delete(key: StoredKey): boolean {
    if (!this.has(key)) return false
    this.#change(key, null)
    return true
  }

  /** Keys with a value, with it; in the order of their last change. */
  *entries(): IterableIterator<[StoredKey, Uint8Array]> {
    this.#settle()
    for (const { key, value } of this.#items.values()) if (value !== null) yield [key, value]
  }

  begin({ merge }: MergeBegin): void {
    this.#settle()
    this.#merge = merge
    if (this.#copies?.merge !== merge) this.#copies = { merge, items: new Map() }
    if (this.#closed?.merge !== merge) this.#closed = undefined
  }

  read({ merge, select, since, maxBytes }: ReadRequest): ReadAnswer {
    this.#settle()
    this.#merge = merge
    const selector = new Selector(select)
    const items: DataItem[] = []
    let bytes = 0
    let place = this.#log.after(since)
    const end = Math.min(this.#log.length, place + lookedAtMost)
    for (; place < end && bytes < maxBytes; place++) {
      const item = this.#log.at(place)
      if (item === undefined || !selector.has(item.key)) continue
      items.push([item.key, item.value])
      bytes += sizeOf(item.key) + (item.value?.length ?? 0)
    }
    const more = place < this.#log.length
    return { items, mark: more ? (place > 0 ? this.#log.seqAt(place - 1) : since) : this.#log.last, more }
  }

  /** Of a merge that is over they may still come, and are nothing to the next one. */
  write(merge: string, items: readonly DataItem[]): void {
    if (this.#ended === merge || (this.#copies && this.#copies.merge !== merge)) return
    this.#copies ??= { merge, items: new Map() }
    for (const [key, value] of items) this.#copies.items.set(keyText(key), { key, value, seq: 0 })
  }

  /** Of a merge that has ended there is nothing to close: it may have been asked before that. */
  close(merge: string, select: ReadRequest['select']): void {
    if (this.#ended === merge) return
    this.#closed = { merge, selector: new Selector(select) }
  }

  open(merge: string): void {
    if (this.#closed?.merge === merge) this.#closed = undefined
  }

  /** It may come again, when its answer was lost: what it brought has been written to by then. */
  commit(merge: string, { gained, holds }: MergeEnd): void {
    if (this.#ended === merge) return
    this.#settle()
    this.#ended = merge
    const copies = this.#copies?.merge === merge ? this.#copies.items : new Map<string, Item>()
    this.#copies = undefined
    this.#closed = undefined
    this.#forgetRemoved()
    const selectors = { gained: gained.map((select) => new Selector(select)), holds: new Selector(holds) }
    this.#sweep = new Sweep(copies, this.#items, { ...selectors, untilSeq: this.#log.last })
    this.#sweepOn()
  }

  abort(merge: string): void {
    this.#ended = merge
    if (this.#copies?.merge === merge) this.#copies = undefined
    if (this.#merge === merge) this.#forgetRemoved()
    this.open(merge)
  }

  #find(text: string): Item | undefined {
    const item = this.#items.get(text)
    const sweep = this.#sweep
    if (sweep === undefined) return item
    return sweep.arriving.get(text) ?? (item && !sweep.isGone(item) ? item : undefined)
  }

  #change(key: StoredKey, value: Uint8Array | null): void {
    if (this.#closed?.selector.has(key)) throw new KeyClosedError(key)
    const text = keyText(key)
    if (this.#sweep !== undefined) this.#place(this.#sweep, text)
    const item = this.#items.get(text) ?? { key, value: null, seq: 0 }
    this.#put(text, item, value)
  }

  #put(text: string, item: Item, value: Uint8Array | null): void {
    this.#size += Number(value !== null) - Number(item.seq !== 0 && item.value !== null)
    item.value = value
    if (item.seq === 0) this.#items.set(text, item)
    this.#log.changed(item)
    if (value !== null) return
    if (this.#merge === undefined) this.#remove(text, item)
    else this.#removed.add(text)
  }

  #forgetRemoved(): void {
    this.#merge = undefined
    for (const text of this.#removed) {
      const item = this.#items.get(text)
      if (item?.value === null) this.#remove(text, item)
    }
    this.#removed.clear()
  }

  #remove(text: string, item: Item): void {
    this.#size -= Number(item.value !== null)
    this.#items.delete(text)
    this.#log.forget(item)
  }

  /** What a commit says of one key, at once. */
  #place(sweep: Sweep<Item>, text: string): void {
    const present = this.#items.get(text)
    const arriving = sweep.arriving.get(text)
    if (present && (arriving || sweep.isGone(present))) this.#remove(text, present)
    if (!arriving) return
    sweep.arriving.delete(text)
    this.#put(text, arriving, arriving.value)
  }

  /** Puts the rest of what was committed in its place. */
  #settle(): void {
    this.#sweepSome(Number.POSITIVE_INFINITY)
  }

  #sweepOn(): void {
    if (!this.#sweepSome(sweptAtOnce)) setImmediate(() => this.#sweepOn())
  }

  /** @returns whether all is in its place */
  #sweepSome(most: number): boolean {
    const sweep = this.#sweep
    if (sweep === undefined) return true
    let left = most
    for (; left > 0; left--) {
      const next = sweep.next()
      if (next === undefined) break
      const [text, item] = next
      if (sweep.isGone(item)) this.#remove(text, item)
    }
    for (const text of sweep.arriving.keys()) {
      if (left-- <= 0) return false
      this.#place(sweep, text)
    }
    if (left > 0) this.#sweep = undefined
    return left > 0
  }
}

const sweptAtOnce = 2_000

function sizeOf(key: StoredKey): number {
  return typeof key === 'number' ? 8 : key.length
}
