import type { DataDialer, DialEvents } from '@ring/messaging'
import { type Link, type LinkHandler, nodeName, type Peer, RingError } from '@ring/platform'
import type { NodeEnvironment } from '@ring/testkit'

/** Messaging's way to other servers, as `data-dialer.ts` makes it of an endpoint. */
export function simulatedDialer({ dial }: NodeEnvironment): DataDialer {
  return {
    open: (server, events) => {
      const attempt = new Attempt(server, events)
      dial(nodeName(server.name), attempt, (link, peer) => attempt.dialled(link, peer))
      return {
        cancel: () => {
          attempt.isCancelled = true
        },
      }
    },
  }
}

/** Frames go to whom messaging names once the link is open. */
class Attempt implements LinkHandler {
  isCancelled = false
  readonly #server: { readonly name: string; readonly incarnation: number }
  readonly #events: DialEvents
  #handler: LinkHandler | undefined

  constructor(server: { readonly name: string; readonly incarnation: number }, events: DialEvents) {
    this.#server = server
    this.#events = events
  }

  dialled(link: Link | undefined, peer: Peer | undefined): void {
    const { name, incarnation } = this.#server
    const isWanted = peer?.name === name && peer.incarnation === incarnation
    if (link && isWanted && !this.isCancelled) {
      this.#handler = this.#events.onOpen(link, { pings: true, services: true, credit: true })
      return
    }
    link?.destroy()
    if (!this.isCancelled) this.#events.onFailed(new RingError('RING_LINK_FAILED', `No data link to ${name}.`))
  }

  onFrames(link: Link, bytes: Uint8Array, start: number, end: number): void {
    this.#handler?.onFrames(link, bytes, start, end)
  }

  onDrain(link: Link): void {
    this.#handler?.onDrain(link)
  }

  onClosed(link: Link, cause: Parameters<LinkHandler['onClosed']>[1]): void {
    this.#handler?.onClosed(link, cause)
  }
}
