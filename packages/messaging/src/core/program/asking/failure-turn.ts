/** What {@link FailureTurn} asks of its shell. */
export interface TurnTaker {
  /** Call `run` in the next turn of the event loop, after what is due by then. */
  nextTurn(run: () => void): void
}

/** The two ends of a call's promise, as the promise itself gave them out. */
export interface CallEnds {
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
}

interface Failure {
  readonly call: CallEnds
  readonly error: Error
}

/**
 * Tells callers that their calls have failed, in the next turn of the event loop. Many a failure needs no input: no link, no
 * room, nobody attached. Told at once, a program that tries again in a loop would keep out timers and sockets, and with them
 * all that could end the failing.
 */
export class FailureTurn {
  private readonly turns: TurnTaker
  private waiting: Failure[] = []
  private readonly tellAll = (): void => {
    const failures = this.waiting
    this.waiting = []
    for (const { call, error } of failures) void failedHere(error).then(call.resolve, call.reject)
  }

  constructor(turns: TurnTaker) {
    this.turns = turns
  }

  tell(call: CallEnds, error: Error): void {
    if (this.waiting.push({ call, error }) === 1) this.turns.nextTurn(this.tellAll)
  }

  /** Resolves in the next turn. */
  passed(): Promise<void> {
    return new Promise((resolve) => {
      this.turns.nextTurn(resolve)
    })
  }
}

/**
 * Where an error was made says nothing: in a timer, or as a frame came in. V8 finds out who awaits the promise of an async
 * function, through the very `resolve` of another promise too, so that the stack which is taken in here is that of the
 * caller. It costs only who fails.
 */
async function failedHere(error: Error): Promise<never> {
  await Promise.resolve()
  Error.captureStackTrace(error, failedHere)
  throw error
}
