import type { NodeName, Peer } from '@ring/platform'
import { type GmsContext, progressOf, send } from '../context.ts'
import type { Progress } from '../record/progress.ts'
import { speaksDeltas } from '../record/view.ts'
import type { News } from './news.ts'

interface Follower {
  readonly peer: Peer
  readonly heardMs: number
  readonly speaks: number
}

/** The slaves that take the record from this server, as far as they were heard of lately. */
export class Followers {
  readonly #context: GmsContext
  readonly #heard = new Map<NodeName, Follower>()

  constructor(context: GmsContext) {
    this.#context = context
  }

  onFollow(from: Peer, theirs: Progress | undefined, speaks = 1): void {
    const { nowMs, timing, record } = this.#context
    this.#heard.set(from.name, { peer: from, heardMs: nowMs, speaks })
    for (const [name, { heardMs }] of this.#heard) if (nowMs - heardMs > 2 * timing.detectMs) this.#heard.delete(name)
    if (!record) return
    const mine = progressOf(record)
    if (theirs && theirs.lineage === record.lineage && theirs.version >= record.version) {
      send(this.#context, from.name, { type: 'gms.ack', seq: 0, knowsYou: true, ...(mine && { progress: mine }) })
    } else send(this.#context, from.name, { type: 'gms.view', record })
  }

  /** A new record is news for all of them. */
  onInstalled(news: News): void {
    for (const [name, { speaks }] of this.#heard) {
      const delta = speaks >= speaksDeltas ? news.delta : undefined
      if (delta) send(this.#context, name, { type: 'gms.delta', delta })
      else send(this.#context, name, { type: 'gms.view', record: news.record })
    }
  }

  onLinkDown(peer: Peer): void {
    if (this.#heard.get(peer.name)?.peer.incarnation === peer.incarnation) this.#heard.delete(peer.name)
  }

  /** Their names. */
  get names(): readonly NodeName[] {
    return [...this.#heard.keys()]
  }

  reset(): void {
    this.#heard.clear()
  }
}
