import type { Incarnation, NodeName, Peer } from '@ring/platform'
import { type GmsContext, isLarge, memberNamed, neighbours, send } from '../context.ts'

const lookEveryMs = 5_000
const idleMs = 15_000

/**
 * Links between members, and in a large group the end of those that nobody needs: a link to another than a neighbour is
 * given up after a while of silence. Whoever is told so closes it, and neither side takes that for a death.
 */
export class MemberLinks {
  readonly #context: GmsContext
  readonly #links = new Map<NodeName, Incarnation>()
  readonly #heardMs = new Map<NodeName, number>()
  readonly #closing = new Set<NodeName>()

  constructor(context: GmsContext) {
    this.#context = context
  }

  start(): void {
    const { alarms, nowMs } = this.#context
    alarms.set('idle links', nowMs + lookEveryMs, () => {
      this.#giveUpIdle()
      this.start()
    })
  }

  reset(): void {
    this.#links.clear()
    this.#heardMs.clear()
    this.#closing.clear()
  }

  has(name: NodeName, incarnation: Incarnation): boolean {
    return this.#links.get(name) === incarnation
  }

  onUp({ name, incarnation }: Peer): void {
    this.#links.set(name, incarnation)
    this.#heardMs.set(name, this.#context.nowMs)
    this.#closing.delete(name)
  }

  heard({ name }: Peer): void {
    if (this.#links.has(name)) this.#heardMs.set(name, this.#context.nowMs)
    // It needs the link after all.
    this.#closing.delete(name)
  }

  /** Returns whether the end says something of the peer: not when both had agreed on it. */
  onDown({ name, incarnation }: Peer): boolean {
    const isAgreed = this.#closing.delete(name)
    if (this.#links.get(name) === incarnation) {
      this.#links.delete(name)
      this.#heardMs.delete(name)
    }
    return !isAgreed
  }

  /** The peer has no more need of the link. */
  onIdle({ name, incarnation }: Peer): void {
    if (!this.has(name, incarnation) || this.#needs(name)) return
    this.#closing.add(name)
    this.#links.delete(name)
    this.#heardMs.delete(name)
    this.#context.emit({ type: 'disconnect', name })
  }

  #giveUpIdle(): void {
    if (!isLarge(this.#context)) return
    for (const name of this.#links.keys()) {
      const silentMs = this.#context.nowMs - (this.#heardMs.get(name) ?? 0)
      if (silentMs < idleMs || this.#needs(name) || !memberNamed(this.#context, name)) continue
      this.#closing.add(name)
      send(this.#context, name, { type: 'gms.idle' })
    }
  }

  #needs(name: NodeName): boolean {
    return (
      !isLarge(this.#context) || neighbours(this.#context, this.#context.self.name).all.some((one) => one.name === name)
    )
  }
}
