/** What stands in a log: where it stands last. */
export interface Logged {
  seq: number
}

const compactFrom = 1_024

/** Items in the order of their last change. An item that changes again stands at its new place alone. */
export class ChangeLog<Item extends Logged> {
  #items: (Item | undefined)[] = []
  #seqs: number[] = []
  #live = 0
  #last = 0

  /** The number of the last change; marks are such numbers. */
  get last(): number {
    return this.#last
  }

  /** The item has changed. */
  changed(item: Item): void {
    if (item.seq === 0) this.#live++
    item.seq = ++this.#last
    this.#items.push(item)
    this.#seqs.push(item.seq)
    if (this.#items.length > 2 * this.#live + compactFrom) this.#compact()
  }

  /** The item is forgotten, as if it had never been. */
  forget(item: Item): void {
    if (item.seq === 0) return
    item.seq = 0
    this.#live--
  }

  /** Where the first change after the mark stands. */
  after(mark: number): number {
    let [low, high] = [0, this.#seqs.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#seqs[middle]! > mark) high = middle
      else low = middle + 1
    }
    return low
  }

  get length(): number {
    return this.#items.length
  }

  /** The number of the change at this place. */
  seqAt(place: number): number {
    return this.#seqs[place]!
  }

  /** The item whose last change stands here; undefined where it has changed again since, or was forgotten. */
  at(place: number): Item | undefined {
    const item = this.#items[place]
    return item?.seq === this.#seqs[place] ? item : undefined
  }

  #compact(): void {
    const places = [...this.#items.keys()].filter((place) => this.at(place) !== undefined)
    const [items, seqs] = [this.#items, this.#seqs]
    this.#items = places.map((place) => items[place])
    this.#seqs = places.map((place) => seqs[place]!)
  }
}
