import { allDataRules, type DataRules } from '@ring/merge'
import { type RelayRules, soundRelayRules } from '@ring/messaging/simulation'
import { allRules, type NodeRules } from '../../running/node-rules.ts'
import type { DataRunOptions } from './data-run.ts'

type Changed = Partial<Pick<DataRunOptions, 'rules' | 'movesData'>>

const data = (changed: Partial<DataRules>): Changed => ({
  rules: { ...allRules, data: { ...allDataRules, ...changed } },
})
const relay = (changed: Partial<RelayRules>): Changed => {
  const rules: NodeRules = { ...allRules, relay: { ...soundRelayRules, ...changed } }
  return { rules }
}

/** Whole nodes whose data moves with one rule taken out: what the simulation has to notice. */
export const dataVariants = {
  /** D1: who comes serves at once, whatever it holds. */
  'serves-at-once': { movesData: false },
  /** D2: a life that returns serves what it served before. */
  'returning-serves': data({ returningIsFilled: false }),
  /** D3: requests of what moves go on being handed over. */
  'fence-holds-nothing': relay({ fenceHolds: false }),
  /** D3: a program closes while handlers run. */
  'closes-undrained': data({ closesAfterDrain: false }),
  /** D3: the last round is read before its giver has closed. */
  'reads-too-early': data({ readsAfterClosed: false }),
  /** D4: an owner opens its fence by itself. */
  'opens-by-itself': relay({ fenceAwaitsRecord: false }),
  /** What a merge has brought is asked for before its program knows that it counts. */
  'tells-later': data({ tellsFirst: false }),
} as const satisfies Record<string, Changed>
