import type { LeadSettings, PlacementSettings } from '@ring/merge'
import type { CoreSettings } from '../running/core-settings.ts'

/** What a node's configuration says of where keys live, and of how servers come into service. */
export function placementSettingsOf({
  configuration: { global },
  ring,
}: Pick<CoreSettings, 'configuration' | 'ring'>): PlacementSettings {
  const { placement, partitions } = ring
  return {
    ...{ mode: global.deliverMode, placement, partitions, replicas: global.replica },
    ...{ automatic: global.mergesByItself, movesData: global.doMerge, rebalanceDelayMs: ring.rebalanceDelay },
  }
}

/** So long requests wait for the end of a merge at most; then what was closed is opened again. */
const fenceMs = 5_000

/** With how it is led. */
export function serviceSettingsOf(
  settings: Pick<CoreSettings, 'configuration' | 'ring'>,
): PlacementSettings & LeadSettings {
  const { mergeTimeoutS } = settings.configuration.global
  return { ...placementSettingsOf(settings), mergeTimeoutMs: mergeTimeoutS * 1_000, fenceMs }
}
