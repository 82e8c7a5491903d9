/** The turns of a process's event loop: the process's own, or those of a simulated one. */
export interface EventLoop {
  /** Runs something right after the present turn, before any input. */
  afterTurn<Given>(run: (given: Given) => void, given: Given): void
  /** Runs something in a turn of its own: timers and sockets have theirs first. */
  nextTurn<Given>(run: (given: Given) => void, given: Given): void
  /**
   * Keeps the process alive, which the clock's timers do not.
   *
   * @returns ends it
   */
  hold(): () => void
}

const keepAliveMs = 60_000

/** The event loop of this process. */
export const processLoop: EventLoop = {
  afterTurn: (run, given) => {
    process.nextTick(run, given)
  },
  nextTurn: (run, given) => {
    setImmediate(run, given)
  },
  hold: () => {
    const alive = setInterval(() => undefined, keepAliveMs)
    return () => {
      clearInterval(alive)
    }
  },
}
