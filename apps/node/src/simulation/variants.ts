import { variants as membershipVariants, type VariantName } from '@ring/gms/simulation'
import { type RelayRules, soundRelayRules } from '@ring/messaging/simulation'
import { DeliveryGate } from '@ring/platform'
import { allRules, type NodeRules } from '../running/node-rules.ts'
import type { NodeRingOptions } from './node-ring.ts'

type Rules = Omit<NodeRingOptions, 'quorum'>

/** Nothing ever holds anything back but the stop of the node. */
class OpenGate extends DeliveryGate {
  #isStopping = false

  override get state() {
    return this.#isStopping ? 'stopping' : 'open'
  }

  override get isOpen(): boolean {
    return !this.#isStopping
  }

  override get ofAccepted() {
    return 'open' as const
  }

  override stop(): void {
    this.#isStopping = true
    super.stop()
  }
}

const nodeRules = (changed: Partial<NodeRules>): Rules => ({ rules: { ...allRules, ...changed }, programsAsk: true })
const relay = (changed: Partial<RelayRules>): Rules => nodeRules({ relay: { ...soundRelayRules, ...changed } })

const ofNodes = {
  /** M3, K4: what passes to programs asks nobody. */
  'delivers-always': nodeRules({ gateOf: (life) => new OpenGate(life) }),
  /** M3: what follows of a large body passes unasked. */
  'chunks-pass': relay({ chunksAsk: false }),
  /** K4: a large body is finished where it was begun, whoever owns its partition by then. */
  'bodies-stay': relay({ bodiesMove: false }),
  /** M3: each stop counts by itself. */
  'stops-apart': nodeRules({ stopsAddUp: false }),
  /** M3: programs start what they have, as those of 0.3.0. */
  'programs-unasked': { rules: allRules, programsAsk: false },
} as const satisfies Record<string, Rules>

const ofMembership = Object.fromEntries(
  Object.entries(membershipVariants).map(([name, membership]) => [name, nodeRules({ membership })]),
) as Record<VariantName, Rules>

/** Whole nodes with one rule taken out: what a simulation has to notice. */
export const nodeVariants = { ...ofNodes, ...ofMembership }

export type NodeVariantName = keyof typeof nodeVariants

export function isNodeVariantName(text: string): text is NodeVariantName {
  return Object.hasOwn(nodeVariants, text)
}
