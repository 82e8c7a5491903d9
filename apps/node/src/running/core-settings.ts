import type { Configuration, SelfNode } from '@ring/config'
import type { NodeSettings } from '../setup/node-settings.ts'
import type { RingSettings } from '../setup/ring-section.ts'

/** What of a node's settings does not belong to its machine. */
export interface CoreSettings extends Pick<NodeSettings, 'name' | 'address' | 'servers' | 'witness' | 'metadata'> {
  readonly self: Pick<SelfNode, 'role'>
  readonly ring: Pick<
    RingSettings,
    | 'quorum'
    | 'detect'
    | 'forgetful'
    | 'joinOnly'
    | 'expect'
    | 'placement'
    | 'partitions'
    | 'rebalanceDelay'
    | 'stopTimeout'
  >
  readonly configuration: {
    readonly global: Pick<
      Configuration['global'],
      'deliverMode' | 'replica' | 'mergesByItself' | 'doMerge' | 'mergeTimeoutS'
    >
  }
}
