/** What {@link FailureTurn} asks of its shell. */
export interface TurnTaker {
  /** Call `run` in the next turn of the event loop, after what is due by then. */
  nextTurn(run: () => void): void
}

interface Failure {
  readonly reject: (error: Error) => void
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
    for (const { reject, error } of failures) reject(error)
  }

  constructor(turns: TurnTaker) {
    this.turns = turns
  }

  tell(reject: (error: Error) => void, error: Error): void {
    if (this.waiting.push({ reject, error }) === 1) this.turns.nextTurn(this.tellAll)
  }

  /** Resolves in the next turn. */
  passed(): Promise<void> {
    return new Promise((resolve) => {
      this.turns.nextTurn(resolve)
    })
  }
}
