import type { LinkEnd } from '@ring/platform'
import type { NetworkHost } from './network-host.ts'
import { Stream, type StreamEnd, type StreamPath } from './stream.ts'

/** Two of the usual detection times. */
const silentMs = 6_000

/** What travels on a control link: a message, or the word that it is closed on purpose. */
type Item = Uint8Array | 'goodbye'

/** Hears that one end of a link is closed for its host. */
export interface ControlLinkOwner {
  endClosed(link: ControlLink, host: NetworkHost, other: NetworkHost): void
}

/** One of the two ends of a control link, with the stream of what it sends. */
class End implements StreamEnd<Item> {
  readonly link: ControlLink
  readonly host: NetworkHost
  readonly out: Stream<Item>
  open = true

  constructor(link: ControlLink, path: StreamPath, host: NetworkHost, far: NetworkHost) {
    this.link = link
    this.host = host
    this.out = new Stream<Item>(path, host.name, far.name, this)
  }

  arrived(item: Item): void {
    this.link.arrive(this, item)
  }

  gaveUp(): void {
    this.link.break()
  }
}

/** The control link between two lives. Each end learns for itself, and in its own time, that the link is gone. */
export class ControlLink {
  readonly #path: StreamPath
  readonly #owner: ControlLinkOwner
  readonly #one: End
  readonly #two: End

  constructor(path: StreamPath, one: NetworkHost, two: NetworkHost, owner: ControlLinkOwner) {
    this.#path = path
    this.#owner = owner
    this.#one = new End(this, path, one, two)
    this.#two = new End(this, path, two, one)
  }

  send(from: NetworkHost, bytes: Uint8Array): void {
    const end = this.#endOf(from)
    if (!end.open) return
    end.host.traffic.control.sent(bytes.length)
    end.out.put(bytes.slice(), bytes.length)
  }

  /** `from` closes on purpose: the other side hears GOODBYE behind all that was sent before. */
  sayGoodbye(from: NetworkHost): void {
    const end = this.#endOf(from)
    if (!end.open) return
    end.out.put('goodbye', 0)
    end.open = false
    this.#owner.endClosed(this, end.host, this.#otherThan(end).host)
  }

  /** The connection is gone; both sides notice now. */
  break(): void {
    this.#one.out.end()
    this.#close(this.#one, 'lost')
    this.#two.out.end()
    this.#close(this.#two, 'lost')
  }

  /**
   * What either end sends comes to nothing from now on. Transport ends a link on which it sends in vain, within two detection
   * times; here both ends do at the same moment.
   */
  fallSilent(): void {
    this.#one.out.fallSilent()
    this.#two.out.fallSilent()
    const { timeline } = this.#path
    timeline.queue.push(timeline.nowMs + silentMs, () => {
      this.break()
    })
  }

  /** The process of `host` is gone. The machine resets the connection, which the other side hears if it can be reached. */
  reset(host: NetworkHost, canBeHeard: boolean): void {
    const end = this.#endOf(host)
    if (end.open) {
      end.out.end()
      end.open = false
      this.#owner.endClosed(this, end.host, this.#otherThan(end).host)
    }
    if (canBeHeard) this.break()
  }

  /** What one end sent comes out at the other. */
  arrive(sender: End, item: Item): void {
    const end = this.#otherThan(sender)
    if (!end.host.life.isAlive) {
      this.break()
      return
    }
    if (!end.open) return
    if (item === 'goodbye') {
      end.out.end()
      this.#close(end, 'goodbye')
    } else end.host.onMessage(sender.host.peer, item)
  }

  #close(end: End, why: LinkEnd): void {
    if (!end.open) return
    end.open = false
    const other = this.#otherThan(end)
    this.#owner.endClosed(this, end.host, other.host)
    // In a turn of its own: the link may have broken within a call of the very process that is to be told.
    const { timeline } = this.#path
    timeline.queue.push(timeline.nowMs, () => {
      end.host.onLinkDown(other.host.peer, why)
    })
  }

  #endOf(host: NetworkHost): End {
    return this.#one.host === host ? this.#one : this.#two
  }

  #otherThan(end: End): End {
    return this.#one === end ? this.#two : this.#one
  }
}
