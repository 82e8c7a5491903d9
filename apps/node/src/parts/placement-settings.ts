import type { PlacementSettings } from '@ring/merge'
import type { CoreSettings } from '../running/core-settings.ts'

/** What a node's configuration says of where keys live, and of how servers come into service. */
export function placementSettingsOf({
  configuration: { global },
  ring,
}: Pick<CoreSettings, 'configuration' | 'ring'>): PlacementSettings {
  const { placement, partitions } = ring
  return {
    ...{ mode: global.deliverMode, placement, partitions, replicas: global.replica },
    ...{ automatic: global.mergesByItself, movesData: false, rebalanceDelayMs: ring.rebalanceDelay },
  }
}
