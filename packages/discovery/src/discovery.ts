import type { Address, Peer } from '@ring/platform'
import type { Answer, DiscoveryMessage } from './core/answer.ts'

/** Whom to ask, and for how long. */
export interface DiscoveryQuery {
  /** Where others may be; a protocol with ways of its own (multicast, a router) may know more. */
  readonly addresses: readonly Address[]
  readonly timeoutMs: number
  /** Whether the first answer of a member is enough: it names the coordinator. */
  readonly firstMemberIsEnough: boolean
}

/** A discovery protocol. What it finds is a hint, never a fact: membership decides. */
export interface Discovery {
  /** Looks around; `found` is called once, unless another query or `stop` comes before. */
  find(query: DiscoveryQuery, found: (answers: readonly Answer[]) => void): void
  /** An answer arrived on a control link. */
  onMessage(from: Peer, message: DiscoveryMessage): void
  stop(): void
}
