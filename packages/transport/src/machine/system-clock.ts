import type { Clock } from '@ring/platform'

/** The machine's clock. Its timers do not keep a process alive that has nothing else to do. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs).unref()
    return {
      cancel: () => {
        clearTimeout(timer)
      },
    }
  },
}
