import type { EventLoop } from '@ring/messaging'
import type { Clock } from '@ring/platform'

/** The turns of a simulated process: each is an event of its world, at the same moment. */
export function simulatedLoop(clock: Clock): EventLoop {
  return {
    afterTurn: (run, given) => void clock.after(0, () => run(given)),
    nextTurn: (run, given) => void clock.after(0, () => run(given)),
    hold: () => () => undefined,
  }
}
