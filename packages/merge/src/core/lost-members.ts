import type { GroupRecord, ViewChange } from '@ring/gms'
import type { Address, NodeName } from '@ring/platform'

interface Lost {
  readonly address: Address
  /** Since when it has been missed; monotonic milliseconds. */
  readonly sinceMs: number
}

const lostMax = 256
/** A cut of some minutes is worth a look each second; who is away longer is looked for now and then. */
const eagerMs = 5 * 60_000
const rememberedMs = 24 * 60 * 60_000

/** Members that fell silent: most likely they live on, on the other side of a cut. */
export class LostMembers {
  readonly #lost = new Map<NodeName, Lost>()

  get addresses(): readonly Address[] {
    return [...this.#lost.values()].map(({ address }) => address)
  }

  /** Whether somebody is missed since lately. */
  isEager(nowMs: number): boolean {
    for (const { sinceMs } of this.#lost.values()) if (nowMs - sinceMs < eagerMs) return true
    return false
  }

  onView({ view }: GroupRecord, { left }: ViewChange, nowMs: number): void {
    for (const { member, why } of left)
      if (why === 'failed' || why === 'gone') this.#lost.set(member.name, { address: member.address, sinceMs: nowMs })
    for (const { name } of view.members) this.#lost.delete(name)
    for (const name of view.barred) this.#lost.delete(name)
    for (const [name, { sinceMs }] of this.#lost)
      if (this.#lost.size > lostMax || nowMs - sinceMs > rememberedMs) this.#lost.delete(name)
  }
}
