import type { NodeName } from '@ring/platform'
import type { Isolation } from '../network/connectivity.ts'

/** One trouble, as a plain value. Probabilities are 0 to 1. */
export type Fault =
  /** The process is gone, and comes back with its disk when the fault ends. */
  | { readonly kind: 'crash'; readonly node: NodeName }
  /** The same with an empty disk. */
  | { readonly kind: 'forget'; readonly node: NodeName }
  /** With `clock: 'stops'` the machine sleeps, rather than the process alone. */
  | { readonly kind: 'pause'; readonly node: NodeName; readonly clock: 'runs' | 'stops' }
  /** Nothing gets from the first to the second; the other way stays open. */
  | { readonly kind: 'cut'; readonly from: readonly NodeName[]; readonly to: readonly NodeName[] }
  /** A firewall between two answers "refused", one way. */
  | { readonly kind: 'refuse'; readonly from: NodeName; readonly to: NodeName }
  /** Each group hears only its own; nodes that are not named form one more. */
  | { readonly kind: 'partition'; readonly groups: readonly (readonly NodeName[])[] }
  | { readonly kind: 'isolate'; readonly node: NodeName; readonly way: Isolation }
  /** The links of one plane that are open between two nodes carry nothing any more, and nobody closes them; new ones do. */
  | {
      readonly kind: 'silent-links'
      readonly plane: 'data' | 'control'
      readonly between: readonly [NodeName, NodeName]
    }
  /** Somebody sets the wall clock. It stays as it is when the fault ends. */
  | { readonly kind: 'wall-jump'; readonly node: NodeName; readonly byMs: number }
  /** Both clocks of a machine run faster or slower than the world: 1.01 is one per cent fast. */
  | { readonly kind: 'clock-rate'; readonly node: NodeName; readonly rate: number }
  | { readonly kind: 'slow-network'; readonly factor: number }
  /** Each machine sends, and receives, no more than this. */
  | { readonly kind: 'narrow-network'; readonly bytesPerSecond: number }
  | { readonly kind: 'loss'; readonly probability: number }
  | { readonly kind: 'duplication'; readonly probability: number }
  | { readonly kind: 'full-disk'; readonly node: NodeName; readonly probability: number }

/** A trouble and its time, in milliseconds of the world. */
export interface TimedFault {
  readonly atMs: number
  readonly forMs: number
  readonly fault: Fault
}

/** What was done to a world: plain data, which JSON carries without a loss. */
export interface Recording {
  readonly seed: number | string
  /** When all trouble ends: from then on the world is healed. */
  readonly untilMs: number
  /** The nodes that are resumed and restarted then. */
  readonly nodes: readonly NodeName[]
  readonly faults: readonly TimedFault[]
}
