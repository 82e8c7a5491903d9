import type { NodeName } from '@ring/platform'
import type { Voter } from '../record/record.ts'
import { type RegisterRules, soundRules } from './rules.ts'

/** Who decides one version, and how many of them it takes. */
export interface Electorate {
  readonly voters: readonly Voter[]
  isQuorum(has: (voter: Voter) => boolean): boolean
  /** Only for the first version: the configured names, in order, and whether all of them are needed (rule R7). */
  readonly formation?: FormationTerms
}

export interface FormationTerms {
  readonly names: readonly NodeName[]
  readonly all: boolean
}

/** Whether the voters for whom `has` is true are a quorum of a record (rule R2). */
export function isQuorumOf(voters: readonly Voter[], has: (voter: Voter) => boolean): boolean {
  return isQuorum(voters, has, soundRules)
}

/** The voters of a record: a majority, or exactly half with the first voter among it (rule R2). */
export function votersOf(voters: readonly Voter[], rules: RegisterRules): Electorate {
  return { voters, isQuorum: (has) => isQuorum(voters, has, rules) }
}

export function isQuorum(voters: readonly Voter[], has: (voter: Voter) => boolean, rules: RegisterRules): boolean {
  const count = voters.filter(has).length
  if (count * 2 > voters.length) return true
  return count * 2 === voters.length && count > 0 && (has(voters[0]!) || !rules.halfNeedsFirst)
}

/**
 * The founders: a majority of the configured names, of which half is never enough, or all of them. Any two such sets share
 * a name.
 */
export function founders(voters: readonly Voter[], formation: FormationTerms): Electorate {
  const needed = formation.all ? formation.names.length : Math.floor(formation.names.length / 2) + 1
  return { voters, formation, isQuorum: (has) => voters.filter(has).length >= needed }
}
