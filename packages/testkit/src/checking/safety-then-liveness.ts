import { RingError } from '@ring/platform'
import type { Recording } from '../fault/fault.ts'
import { replay } from '../fault/fault-injector.ts'
import type { FaultPlan } from '../fault/fault-plan.ts'
import type { World } from '../world.ts'

export interface SafetyThenLiveness {
  readonly world: World
  /** The trouble: a plan that was not scheduled yet, or a recording. */
  readonly faults: FaultPlan | Recording
  /** Whether the system has come to rest where it should. */
  readonly isSettled: () => boolean
  /** How often that is looked at, in milliseconds of the world (default 0: after every event). */
  readonly everyMs?: number
  /** How long after healing it may take, in milliseconds of the world. */
  readonly withinMs: number
  /** Says what still stands in the way. */
  readonly why: () => string
  /** Has to hold after every event, in both phases; throws where it does not. */
  readonly always?: readonly (() => void)[]
}

/** The world was healed, and the system did not come to rest in time. */
export class NotSettledError extends RingError {
  constructor(withinMs: number, why: string) {
    super('RING_NOT_SETTLED', `not settled within ${withinMs} ms of a healed world: ${why}`)
  }
}

/**
 * Runs trouble, in which the invariants must hold; then heals the world and demands that the system comes to rest within
 * a bound.
 *
 * @returns the milliseconds it took from healing to rest
 * @throws {@link NotSettledError} when it does not, saying why
 */
export function safetyThenLiveness(scenario: SafetyThenLiveness): number {
  const { world, faults, isSettled, withinMs, why, everyMs = 0 } = scenario
  for (const check of scenario.always ?? []) world.always(check)
  if ('schedule' in faults) faults.schedule()
  else replay(world, faults)
  const healedMs = 'schedule' in faults ? faults.quietAtMs : faults.untilMs
  world.run(healedMs)
  if (!world.run(isSettled, { forMs: withinMs, everyMs })) throw new NotSettledError(withinMs, why())
  return world.nowMs - healedMs
}
