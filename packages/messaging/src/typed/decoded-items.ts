/** The items of a typed stream. One that cannot be taken ends it, here and at its handler. */
export class DecodedItems<Item> implements AsyncIterableIterator<Item, undefined> {
  private readonly bodies: AsyncIterator<Uint8Array, undefined>
  private readonly decode: (body: Uint8Array) => Item
  private isOver = false

  constructor(bodies: AsyncIterator<Uint8Array, undefined>, decode: (body: Uint8Array) => Item) {
    this.bodies = bodies
    this.decode = decode
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    const { done, value } = await this.bodies.next()
    if (done === true || this.isOver) return { done: true, value: undefined }
    try {
      return { done: false, value: this.decode(value) }
    } catch (error) {
      await this.return()
      throw error
    }
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.isOver = true
    await this.bodies.return?.()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** A stream that was not asked for; the iterator says why, once. */
export function refusedItems(error: Error): AsyncIterator<Uint8Array, undefined> {
  let isTold = false
  return {
    next: () => {
      if (isTold) return Promise.resolve({ done: true, value: undefined })
      isTold = true
      return Promise.reject(error)
    },
  }
}
