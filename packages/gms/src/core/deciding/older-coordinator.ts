import type { Incarnation, NodeName } from '@ring/platform'
import { type GmsContext, memberNamed, send } from '../context.ts'
import { speaksOperations } from '../record/view.ts'
import { memberOperation, membersPart } from './member-operations.ts'
import type { Operation } from './operation.ts'

/** Versions before 0.5.0 know no operations. */
export function isOlder(context: GmsContext, name: NodeName): boolean {
  return (memberNamed(context, name)?.speaks ?? 1) < speaksOperations
}

/**
 * To put a member out, or let a name in, an older coordinator can be asked in the words of then; it does not answer.
 *
 * @returns whether it was
 */
export function askOlderCoordinator(context: GmsContext, coordinator: NodeName, { part, body }: Operation): boolean {
  const wish = part === membersPart ? memberOperation(body) : undefined
  if (!wish) return false
  const { name } = wish
  if (wish.do === 'admit') send(context, coordinator, { type: 'gms.admit', name })
  else {
    const incarnation = wish.incarnation ?? memberNamed(context, name)?.incarnation ?? (0 as Incarnation)
    send(context, coordinator, { type: 'gms.expel', name, incarnation, ...(wish.bar && { bar: wish.bar }) })
  }
  return true
}
