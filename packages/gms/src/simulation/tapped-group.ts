import { World } from '@ring/testkit'
import { type GroupOptions, SimulatedGroup } from './simulated-group.ts'
import { WireTap } from './wire-tap.ts'

/** A group that has come together, with its control messages in sight. */
export function tapped(options: GroupOptions & { readonly seed?: number }, prepare?: (tap: WireTap) => void) {
  const { seed = 1, ...rest } = options
  const world = new World({ seed, ...(options.servers > 30 && { traceLines: 0 }) })
  const tap = new WireTap(world)
  prepare?.(tap)
  const group = new SimulatedGroup(world, rest)
  if (group.settle(60_000) === undefined) throw new Error('the group did not come together')
  world.run(world.nowMs + 1_500)
  tap.forget()
  return { group, tap }
}
