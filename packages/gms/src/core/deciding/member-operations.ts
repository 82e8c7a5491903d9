import type { Incarnation, NodeName } from '@ring/platform'
import type { Bar } from '../record/bar.ts'
import { findMember, hasLife, type View } from '../record/view.ts'

/** The part whose value is the view itself: its operations put members out, and let names in. */
export const membersPart = 'members'

/** What is wanted of a member. */
export type MemberOperation =
  | {
      readonly do: 'expel'
      readonly name: NodeName
      /** Which life; without it whichever is in the view. */
      readonly incarnation?: Incarnation
      readonly bar?: Bar
    }
  | { readonly do: 'admit'; readonly name: NodeName }

/** What became of it. */
export type MemberOutcome =
  /** `expelled`: the life was in the view, and is out. `barred`: its name is kept out from now on. */
  | { readonly expelled: boolean; readonly barred: boolean }
  /** Whether the name was kept out, and is not any more. */
  | { readonly admitted: boolean }
  | { readonly invalid: true }

/** `undefined` where it does not fit; what comes from elsewhere is unchecked. */
export function memberOperation(body: unknown): MemberOperation | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { do: wish, name, incarnation, bar } = body as Partial<Record<'do' | 'name' | 'incarnation' | 'bar', unknown>>
  if (typeof name !== 'string' || name.length === 0 || name.length > 255) return undefined
  if (wish === 'admit') return { do: 'admit', name: name as NodeName }
  if (wish !== 'expel' || (bar !== undefined && !isBar(bar))) return undefined
  if (incarnation !== undefined && !Number.isSafeInteger(incarnation)) return undefined
  return {
    ...{ do: 'expel', name: name as NodeName },
    ...(incarnation !== undefined && { incarnation: incarnation as Incarnation }),
    ...(bar && { bar }),
  }
}

/** How an operation on members ended, as both views tell. Pure. */
export function memberOutcome(body: unknown, before: View, after: View): MemberOutcome {
  const wanted = memberOperation(body)
  if (!wanted) return { invalid: true }
  const { name } = wanted
  if (wanted.do === 'admit') return { admitted: before.barred.includes(name) && !after.barred.includes(name) }
  const life = wanted.incarnation ?? findMember(before, name)?.incarnation
  const expelled = life !== undefined && hasLife(before, name, life) && !hasLife(after, name, life)
  return { expelled, barred: after.barred.includes(name) }
}

function isBar(value: unknown): value is Bar {
  if (typeof value !== 'object' || value === null) return false
  const { kind, ms } = value as { readonly kind?: unknown; readonly ms?: unknown }
  return kind === 'until-admitted' || (kind === 'for' && Number.isSafeInteger(ms) && (ms as number) >= 0)
}
