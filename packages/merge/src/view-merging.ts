import type { ViewMerging } from '@ring/gms'
import { type MergeRules, soundRules } from './core/rules.ts'
import { ViewMerge } from './core/view-merge.ts'
import { decodeMergeMessage } from './message.ts'

/**
 * The protocol that brings groups of one name together again, to be handed to membership (`QUORUM = none`): one leader by
 * rule, one change, every side named.
 */
export function viewMerging(): ViewMerging {
  return mergingWith(soundRules)
}

/** @param rules only a simulation takes one out */
export function mergingWith(rules: MergeRules): ViewMerging {
  return { begin: (port) => new ViewMerge(port, rules), decode: decodeMergeMessage }
}
