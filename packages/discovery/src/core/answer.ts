import type { Address, Incarnation, NodeName } from '@ring/platform'

/** What a node says of itself and its group when it is asked who is there (GET_MBRS_RSP). */
export interface Answer {
  readonly name: NodeName
  readonly incarnation: Incarnation
  readonly address: Address
  /** Stored beside its promises; names it as a voter. */
  readonly voterId: string
  readonly standing: Standing
}

/**
 * Where the answerer stands. A `member` names the coordinator it would send a newcomer to; a `newcomer` is asking
 * around itself, and says whether its state directory holds a record from before.
 */
export type Standing =
  | {
      readonly kind: 'member'
      readonly coordinator: { readonly name: NodeName; readonly address: Address }
      readonly lineage: string
      readonly version: number
      readonly members: readonly { readonly name: NodeName; readonly address: Address }[]
    }
  | { readonly kind: 'newcomer'; readonly stored?: { readonly lineage: string; readonly version: number } }

/** The two messages of discovery; the names are JGroups'. */
export type DiscoveryMessage =
  | { readonly type: 'discovery.get-mbrs-req'; readonly run: number }
  | { readonly type: 'discovery.get-mbrs-rsp'; readonly run: number; readonly answer: Answer }
