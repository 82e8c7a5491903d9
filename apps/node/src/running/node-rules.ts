import type { MembershipDriver } from '@ring/gms'
import { allDataRules, type DataRules } from '@ring/merge'
import type { createDataPlane } from '@ring/messaging'
import { DeliveryGate, type Incarnation } from '@ring/platform'

/** What a simulation can take out of a node, to show that it would notice. A node that is in use has all of it. */
export interface NodeRules {
  /** Undefined: all rules of membership. */
  readonly membership: ConstructorParameters<typeof MembershipDriver>[2]
  /** Undefined: all rules of the relay. */
  readonly relay: Parameters<typeof createDataPlane>[1]
  /** M3, K4: whether anything may pass to a program. */
  readonly gateOf: (life: Incarnation) => DeliveryGate
  /** M3: short stops add up. */
  readonly stopsAddUp: boolean
  /** D2, D3: how data moves. */
  readonly data: DataRules
}

export const allRules: NodeRules = {
  membership: undefined,
  relay: undefined,
  gateOf: (life) => new DeliveryGate(life),
  stopsAddUp: true,
  data: allDataRules,
}
