import type { LinkEnd } from '@ring/platform'
import type { NetworkHost } from './network-host.ts'
import { Stream, type StreamPath } from './stream.ts'

/** What travels on a control link: a message, or the word that it is closed on purpose. */
type Item = { readonly kind: 'message'; readonly bytes: Uint8Array } | { readonly kind: 'goodbye' }

/** One of the two ends of a control link, with the stream of what it sends. */
interface End {
  readonly host: NetworkHost
  readonly out: Stream<Item>
  open: boolean
}

/** The control link between two lives. Each end learns for itself, and in its own time, that the link is gone. */
export class ControlLink {
  readonly #path: StreamPath
  readonly #ends: readonly [End, End]
  readonly #onEndClosed: (host: NetworkHost, other: NetworkHost) => void

  constructor(
    path: StreamPath,
    one: NetworkHost,
    other: NetworkHost,
    onEndClosed: (host: NetworkHost, other: NetworkHost) => void,
  ) {
    this.#path = path
    this.#onEndClosed = onEndClosed
    const end = (host: NetworkHost, far: 0 | 1): End => ({
      host,
      open: true,
      out: new Stream<Item>(
        path,
        host.name,
        far === 0 ? one.name : other.name,
        (item) => {
          this.#arrive(far, item)
        },
        () => {
          this.break()
        },
      ),
    })
    this.#ends = [end(one, 1), end(other, 0)]
  }

  send(from: NetworkHost, bytes: Uint8Array): void {
    const end = this.#endOf(from)
    if (end.open) end.out.put({ kind: 'message', bytes: bytes.slice() })
  }

  /** `from` closes on purpose: the other side hears GOODBYE behind all that was sent before. */
  sayGoodbye(from: NetworkHost): void {
    const end = this.#endOf(from)
    if (!end.open) return
    end.out.put({ kind: 'goodbye' })
    end.open = false
    this.#onEndClosed(end.host, this.#otherThan(end).host)
  }

  /** The connection is gone; both sides notice now. */
  break(): void {
    for (const end of this.#ends) {
      end.out.end()
      this.#close(end, 'lost')
    }
  }

  /** The process of `host` is gone. The machine resets the connection, which the other side hears if it can be reached. */
  reset(host: NetworkHost, canBeHeard: boolean): void {
    const end = this.#endOf(host)
    if (end.open) {
      end.out.end()
      end.open = false
      this.#onEndClosed(end.host, this.#otherThan(end).host)
    }
    if (canBeHeard) this.break()
  }

  #arrive(far: 0 | 1, item: Item): void {
    const end = this.#ends[far]
    const sender = this.#otherThan(end)
    if (!end.host.life.isAlive) {
      this.break()
      return
    }
    if (!end.open) return
    if (item.kind === 'message') end.host.onMessage(sender.host.peer, item.bytes)
    else {
      end.out.end()
      this.#close(end, 'goodbye')
    }
  }

  #close(end: End, why: LinkEnd): void {
    if (!end.open) return
    end.open = false
    const other = this.#otherThan(end)
    this.#onEndClosed(end.host, other.host)
    // In a turn of its own: the link may have broken within a call of the very process that is to be told.
    const { timeline } = this.#path
    timeline.queue.push(timeline.nowMs, () => {
      end.host.onLinkDown(other.host.peer, why)
    })
  }

  #endOf(host: NetworkHost): End {
    return this.#ends[0].host === host ? this.#ends[0] : this.#ends[1]
  }

  #otherThan(end: End): End {
    return this.#ends[0] === end ? this.#ends[1] : this.#ends[0]
  }
}
