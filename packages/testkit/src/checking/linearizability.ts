/**
 * One call that a client made. `endMs` and `output` are missing where the client never got an answer: such an operation
 * may have taken effect at any time after it began, or not at all.
 */
export interface Operation<Input, Output> {
  readonly client: string
  readonly input: Input
  readonly beginMs: number
  readonly end?: { readonly atMs: number; readonly output: Output }
}

/** What the system under test should look like from outside: a sequential object. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State
  /**
   * The state after `input`, or `undefined` when it cannot answer `output` in this state. Without an output (the answer
   * was never heard): the state after it, or `undefined` where it would change nothing.
   */
  step(state: State, input: Input, output: Output | undefined): State | undefined
  /** A text that is equal for equal states. */
  key(state: State): string
}

export type LinearizabilityVerdict<Input, Output> =
  | { readonly kind: 'linearizable' }
  /** `reached` is the longest order that can be explained, `stuck` what cannot follow it. */
  | {
      readonly kind: 'violated'
      readonly reached: readonly Operation<Input, Output>[]
      readonly stuck: readonly Operation<Input, Output>[]
    }
  /** The search took more than the given number of steps. */
  | { readonly kind: 'undecided'; readonly steps: number }

/**
 * Whether there is an order of the operations that respects real time and that the sequential model explains: the search
 * of Wing and Gong with the memory of Lowe (a set of taken operations and a state is not tried twice).
 */
export function checkLinearizable<State, Input, Output>(
  history: readonly Operation<Input, Output>[],
  model: SequentialModel<State, Input, Output>,
  stepsMax = 1_000_000,
): LinearizabilityVerdict<Input, Output> {
  return new Search(history, model, stepsMax).run()
}

interface Choice<State> {
  readonly operation: number
  readonly before: State
}

class Search<State, Input, Output> {
  readonly #history: readonly Operation<Input, Output>[]
  readonly #model: SequentialModel<State, Input, Output>
  readonly #stepsMax: number
  readonly #taken: boolean[]
  readonly #seen = new Set<string>()
  readonly #path: Choice<State>[] = []
  #best: readonly number[] = []
  #state: State

  constructor(
    history: readonly Operation<Input, Output>[],
    model: SequentialModel<State, Input, Output>,
    stepsMax: number,
  ) {
    this.#history = [...history].sort((one, other) => one.beginMs - other.beginMs)
    this.#model = model
    this.#stepsMax = stepsMax
    this.#taken = this.#history.map(() => false)
    this.#state = model.initial
  }

  run(): LinearizabilityVerdict<Input, Output> {
    let from = 0
    for (let steps = 0; steps < this.#stepsMax; steps++) {
      if (this.#allAnsweredTaken()) return { kind: 'linearizable' }
      if (this.#advance(from)) {
        from = 0
        continue
      }
      const undone = this.#path.pop()
      if (undone === undefined) return this.#violation()
      this.#taken[undone.operation] = false
      this.#state = undone.before
      from = undone.operation + 1
    }
    return { kind: 'undecided', steps: this.#stepsMax }
  }

  /** Takes the first operation from `from` on that may come next and leads somewhere new. */
  #advance(from: number): boolean {
    const deadline = this.#earliestEnd()
    for (let at = from; at < this.#history.length; at++) {
      const operation = this.#history[at]!
      if (this.#taken[at] === true) continue
      // Sorted by beginning: from here on all begin after something ended that is not yet taken.
      if (operation.beginMs > deadline) return false
      const after = this.#model.step(this.#state, operation.input, operation.end?.output)
      if (after === undefined) continue
      this.#taken[at] = true
      const memory = this.#memory(after)
      if (this.#seen.has(memory)) {
        this.#taken[at] = false
        continue
      }
      this.#seen.add(memory)
      this.#path.push({ operation: at, before: this.#state })
      this.#state = after
      if (this.#path.length > this.#best.length) this.#best = this.#path.map((choice) => choice.operation)
      return true
    }
    return false
  }

  #earliestEnd(): number {
    let earliest = Number.POSITIVE_INFINITY
    this.#history.forEach((operation, at) => {
      if (this.#taken[at] !== true && operation.end !== undefined) earliest = Math.min(earliest, operation.end.atMs)
    })
    return earliest
  }

  #allAnsweredTaken(): boolean {
    return this.#history.every((operation, at) => this.#taken[at] === true || operation.end === undefined)
  }

  #memory(state: State): string {
    return `${this.#taken.map((taken) => (taken ? '1' : '0')).join('')} ${this.#model.key(state)}`
  }

  #violation(): LinearizabilityVerdict<Input, Output> {
    const reached = this.#best.map((at) => this.#history[at]!)
    const stuck = this.#history.filter((operation) => operation.end !== undefined && !reached.includes(operation))
    return { kind: 'violated', reached, stuck }
  }
}
