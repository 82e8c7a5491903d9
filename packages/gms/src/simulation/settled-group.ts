import { World } from '@ring/testkit'
import type { StatePart } from '../core/record/state-part.ts'
import type { GmsRules } from '../core/rules.ts'
import { type GroupOptions, SimulatedGroup } from './simulated-group.ts'

export const quorums = ['none', 'majority'] as const

export interface Settled {
  readonly rules: GmsRules
  readonly servers?: number
  readonly seed?: number
  readonly quorum?: GroupOptions['quorum']
  readonly memory?: boolean
  readonly parts?: readonly StatePart[]
}

export function settled({ servers = 3, seed = 1, quorum = 'none', ...rest }: Settled): SimulatedGroup {
  const group = new SimulatedGroup(new World({ seed }), { servers, quorum, ...rest })
  if (group.settle() === undefined) throw new Error('the group did not come together')
  pass(group, 500)
  return group
}

export function pass(group: SimulatedGroup, ms: number): void {
  group.world.run(group.world.nowMs + ms)
}

/** The letters of the members, in the order of the view. */
export function order(group: SimulatedGroup): readonly string[] {
  return group.running[0]!.names.split(' ').map((name) => name.slice(0, 1))
}

/** The newest view of one lineage, as the incarnations in it. */
export function lives(group: SimulatedGroup, letter: string): string {
  const { record } = group.member(letter).membership
  return record!.view.members.map(({ name, incarnation }) => `${name} ${incarnation}`).join()
}
