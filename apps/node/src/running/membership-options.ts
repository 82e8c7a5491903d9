import type { MembershipDriverOptions, StatePart } from '@ring/gms'
import { viewMerging } from '@ring/merge'
import type { Incarnation } from '@ring/platform'
import type { CoreSettings } from './core-settings.ts'
import type { NodeSurroundings } from './node-surroundings.ts'

/** Membership as a node's settings ask for it, in its surroundings. */
export function membershipOptions(
  settings: CoreSettings,
  incarnation: Incarnation,
  { clock, random, disk, logger, discovery }: NodeSurroundings,
  states: readonly StatePart[],
): MembershipDriverOptions {
  const { name, address, servers, ring, self, witness, metadata } = settings
  return {
    ...{ name, role: self.role, incarnation, address, servers, witness, logger, clock, random },
    ...{ quorum: ring.quorum, detect: ring.detect, forgetful: ring.forgetful, joinOnly: ring.joinOnly },
    discovery: discovery.protocol,
    parts: states,
    merging: viewMerging(),
    ...(ring.expect !== undefined && { expect: ring.expect }),
    ...(metadata && { metadata }),
    ...(disk && { disk }),
  }
}
