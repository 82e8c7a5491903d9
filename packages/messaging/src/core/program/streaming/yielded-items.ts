import { shown, thrownText } from '@ring/platform'
import { bodyBytes } from '../../frames/body-bytes.ts'
import { maxMessageBytes } from '../../frames/frame-header.ts'

/** Where the items of a handler's stream go. */
export interface ItemTaker {
  /** The next one is not asked for by itself. */
  onItem(item: Uint8Array): void
  onEnd(): void
  /** The stream threw, or yielded what is no item: nothing follows. */
  onFailed(text: string): void
}

/** Whether a handler answers with a stream. */
export function isStream(result: unknown): result is AsyncIterable<unknown> {
  return typeof (result as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] === 'function'
}

/** What a handler's stream yields, item by item, each when it is asked for. Whatever the iterator does ends in one of the taker's calls. */
export class YieldedItems {
  private readonly iterable: AsyncIterable<unknown>
  private readonly taker: ItemTaker
  private iterator: AsyncIterator<unknown> | undefined
  private isAsked = false
  /** The item that was asked for last. */
  private asked: Promise<unknown> = Promise.resolve()
  private isOver = false

  constructor(iterable: AsyncIterable<unknown>, taker: ItemTaker) {
    this.iterable = iterable
    this.taker = taker
  }

  /** Asks for the next item, unless that has been asked for. */
  ask(): void {
    if (this.isAsked || this.isOver) return
    this.isAsked = true
    this.asked = this.next()
    this.asked.then(
      (result) => {
        try {
          this.onResult(result)
        } catch (error) {
          // Even to look at what it gave may throw.
          this.onError(error)
        }
      },
      (error: unknown) => {
        this.onError(error)
      },
    )
  }

  /**
   * Nobody wants any more of it: the iterator is told, and nothing it still says is heard.
   *
   * @returns resolves when nothing of it runs any more
   */
  async close(): Promise<void> {
    if (this.isOver) return
    // One that has not begun would not end either: a file that it was to read would stay open.
    if (this.iterator === undefined) this.ask()
    this.isOver = true
    await Promise.allSettled([this.returned(), this.asked])
  }

  private async next(): Promise<unknown> {
    this.iterator ??= this.iterable[Symbol.asyncIterator]()
    return this.iterator.next()
  }

  private async returned(): Promise<void> {
    await this.iterator?.return?.()
  }

  private onResult(result: unknown): void {
    if (this.isOver) return
    this.isAsked = false
    if (typeof result !== 'object' || result === null) {
      this.refuse(`the iterator of a stream gave ${shown(result)} instead of a result`)
      return
    }
    const { done, value } = result as { readonly done?: unknown; readonly value?: unknown }
    if (done === true) {
      this.isOver = true
      this.taker.onEnd()
      return
    }
    const item = bodyBytes(value)
    if (item === undefined) this.refuse(`a stream yields bytes or texts; this one yielded ${shown(value)}`)
    else if (item.length > maxMessageBytes) this.refuse('an item of the stream is longer than 16 MiB')
    else this.taker.onItem(item)
  }

  private onError(error: unknown): void {
    if (this.isOver) return
    this.isOver = true
    this.taker.onFailed(thrownText(error))
  }

  private refuse(text: string): void {
    void this.close()
    this.taker.onFailed(text)
  }
}
