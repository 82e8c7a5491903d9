import type { Incarnation } from '@ring/platform'
import type { Identity } from '../core/effects.ts'
import { FollowerCore } from '../core/following/follower-core.ts'
import { GmsCore } from '../core/gms-core.ts'
import type { GmsOptions } from '../core/gms-options.ts'
import type { MemberMetadata } from '../core/record/metadata.ts'
import type { GmsRules } from '../core/rules.ts'
import { timingOf } from '../core/timing.ts'
import type { MembershipDriverOptions } from './membership-driver-options.ts'

/** What a core is made of beside the driver's options. */
export interface CoreIngredients extends Pick<GmsOptions, 'parts' | 'merging' | 'pending'> {
  readonly incarnation: Incarnation
  readonly voterId: string
  readonly metadata: MemberMetadata | undefined
  /** The record that was found in the state directory. */
  readonly stored: GmsOptions['stored']
  readonly rules: GmsRules
}

/** The core of a membership: that of a server, or of a slave. */
export function coreOf(options: MembershipDriverOptions, ingredients: CoreIngredients): GmsCore | FollowerCore {
  const { name, address, role, quorum, detect, random, servers, expect, witness } = options
  const { incarnation, voterId, metadata, parts, merging, pending, stored, rules } = ingredients
  const timing = timingOf(detect)
  const self: Identity = {
    ...{ name, address, voterId, incarnation, witness: witness === true },
    ...(quorum === 'majority' && { leaseMs: timing.leaseMs }),
    ...(metadata && { metadata }),
  }
  if (role === 'slave') return new FollowerCore({ self, timing, random, quorum, parts })
  const configured = servers.map((server) => server.name)
  const more = { ...(expect !== undefined && { expect }), ...(stored && { stored }) }
  return new GmsCore({ self, quorum, timing, random, parts, configured, merging, pending, ...more }, rules)
}
