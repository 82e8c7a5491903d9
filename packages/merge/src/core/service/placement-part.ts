import type { Applied, PartStep, StatePart } from '@ring/gms'
import { changedAtAfter } from '@ring/placement'
import type { DataRules } from './data-rules.ts'
import type { PlacementSettings } from './ideal-table.ts'
import { Lifecycle } from './lifecycle.ts'
import { operate } from './operating.ts'
import { serviceOperationOf } from './operation.ts'
import { isPlacement, type PlacementState, placementMaxChars } from './placement-state.ts'
import { settle } from './settling.ts'

/**
 * Where keys live and who is in service, as a part of the record: it follows the view in the same commit (rule M1), so every node
 * has the same tables, states and versions; the rest are operations.
 */
export function placementPart(settings: PlacementSettings, rules?: DataRules): StatePart<PlacementState> {
  return {
    name: 'placement',
    maxChars: placementMaxChars,
    check: isPlacement,
    follow: (before, step) => followed(settings, before, step, rules),
    apply: (own, body, step) => operated(settings, own, body, step),
  }
}

function followed(
  settings: PlacementSettings,
  before: PlacementState | undefined,
  step: PartStep,
  rules: DataRules | undefined,
): PlacementState {
  const all = new Lifecycle(settings, before, step, rules)
  const { joined, left } = step.change
  const come = new Set<string>(joined.map(({ name }) => name))
  for (const { member } of left) all.goes(member.name)
  // What a version before this one says is only who serves.
  const served = new Set(before?.table.servers)
  for (const name of all.servers) all.know(name, served.has(name) && !come.has(name))
  for (const { name, metadata } of step.view.members) if (all.has(name)) all.locate(name, metadata?.zone)
  for (const name of all.servers) if (come.has(name)) all.comes(name)
  settle(all)
  return placed(all, before)
}

function operated(
  settings: PlacementSettings,
  own: PlacementState,
  body: unknown,
  step: PartStep,
): Applied<PlacementState> {
  const wanted = serviceOperationOf(body)
  if (!wanted) return { own, outcome: { ok: false, why: 'invalid' } }
  const all = new Lifecycle(settings, own, step)
  const outcome = operate(all, wanted)
  return { own: outcome.ok ? placed(all, own) : own, outcome }
}

function placed(all: Lifecycle, before: PlacementState | undefined): PlacementState {
  const next = all.settled()
  return { ...next, changedAt: changedAtAfter(before, next.table, all.renewed, all.version) }
}
