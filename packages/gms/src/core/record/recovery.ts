import type { NodeName } from '@ring/platform'
import type { StatePart } from './state-part.ts'
import { StateParts } from './state-parts.ts'
import { changedView, type GroupRecord, type View } from './view.ts'

/**
 * What stands in the record of a lineage that is recovered without the others (rule R8): this node's last life alone, if
 * it had one in the view, and the names that were barred. Whoever else comes back joins as a newcomer. Pure.
 */
export function recoveredContent(
  last: GroupRecord,
  name: NodeName,
  version: number,
  parts: readonly StatePart[],
): { readonly view: View; readonly state: unknown } {
  const others = last.view.members.filter((member) => member.name !== name)
  const left = others.map((member) => ({ member, why: 'expelled' as const }))
  const change = { joined: [], left, updated: [] }
  const view = changedView(last.view, change)
  return { view, state: new StateParts(parts).follow(last.state, { change, view, version }) }
}
