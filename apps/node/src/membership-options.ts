import type { DiscoveryProtocol } from '@ring/discovery'
import type { MembershipDriverOptions } from '@ring/gms'
import { viewMerging } from '@ring/merge'
import type { Incarnation, Logger } from '@ring/platform'
import { type FileDisk, systemClock, systemRandom } from '@ring/transport'
import type { NodeSettings } from './node-settings.ts'
import { placementPart, placementSettingsOf } from './placement-state.ts'

/** What membership needs of a node that was set up. */
export interface MembershipParts {
  readonly incarnation: Incarnation
  readonly discovery: DiscoveryProtocol
  readonly disk: FileDisk | undefined
  readonly logger: Logger
}

/** Membership as a node's settings ask for it, on this machine's clock. */
export function membershipOptions(settings: NodeSettings, parts: MembershipParts): MembershipDriverOptions {
  const { name, address, servers, ring, self, witness, metadata } = settings
  const { incarnation, discovery, disk, logger } = parts
  return {
    ...{ name, role: self.role, incarnation, address, servers, witness, discovery, logger },
    ...{ quorum: ring.quorum, detect: ring.detect, forgetful: ring.forgetful, joinOnly: ring.joinOnly },
    clock: systemClock,
    random: systemRandom,
    parts: [placementPart(placementSettingsOf(settings))],
    merging: viewMerging(),
    ...(ring.expect !== undefined && { expect: ring.expect }),
    ...(metadata && { metadata }),
    ...(disk && { disk }),
  }
}
