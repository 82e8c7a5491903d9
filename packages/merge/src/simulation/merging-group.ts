import type { ViewMerging } from '@ring/gms'
import { SimulatedGroup } from '@ring/gms/simulation'
import type { NodeName } from '@ring/platform'
import { World } from '@ring/testkit'
import { type MergeRules, soundRules } from '../core/rules.ts'
import { mergingWith } from '../view-merging.ts'

export interface MergingGroupOptions {
  readonly servers: number
  readonly slaves?: number
  readonly seed?: number
  readonly rules?: MergeRules
  readonly world?: World
}

const sent = new WeakMap<SimulatedGroup, string[]>()

/** The types of the merge messages that were sent in a group so far. */
export function sentIn(group: SimulatedGroup): readonly string[] {
  return sent.get(group) ?? []
}

/** A group whose members merge by the protocol of this package. */
export function mergingGroup({
  servers,
  slaves = 0,
  seed = 1,
  rules = soundRules,
  world,
}: MergingGroupOptions): SimulatedGroup {
  const messages: string[] = []
  const group = new SimulatedGroup(world ?? new World({ seed }), {
    ...{ servers, slaves, quorum: 'none' },
    merging: overheard(mergingWith(rules), messages),
  })
  sent.set(group, messages)
  return group
}

function overheard(merging: ViewMerging, messages: string[]): ViewMerging {
  return {
    decode: merging.decode,
    begin: (port) =>
      merging.begin({
        ...port,
        send: (to, message) => {
          messages.push(message.type)
          port.send(to, message)
        },
      }),
  }
}

/** Sides that a cut has parted for 20 seconds, each in the order of its view; the cut goes on. */
export function apart(rules: MergeRules, sizes: readonly number[], seed = 1) {
  const group = settledGroup({ servers: sizes.reduce((sum, size) => sum + size, 0), rules, seed })
  const names = [...order(group)]
  const sides = sizes.map((size) => names.splice(0, size))
  group.world.network.connectivity.partition(sides)
  pass(group, 20_000)
  return { group, sides, node: (name: NodeName) => group.servers.find((one) => one.name === name)! }
}

export function settledGroup(options: MergingGroupOptions): SimulatedGroup {
  const group = mergingGroup(options)
  if (group.settle() === undefined) throw new Error('the group did not come together')
  pass(group, 4_000)
  return group
}

export function pass(group: SimulatedGroup, ms: number): void {
  group.world.run(group.world.nowMs + ms)
}

/** The names of the servers in the order of the view. */
export function order(group: SimulatedGroup): readonly NodeName[] {
  return group.running[0]!.membership.record!.view.members.map(({ name }) => name)
}

export function views(group: SimulatedGroup): string {
  return group.running.map((member) => `[${member.names}]`).join(' ')
}
