import type { NodeName } from '@ring/platform'
import type { GmsContext } from '../context.ts'
import { canonicalText } from '../record/canonical-text.ts'
import { type Outcomes, outcomesOf, type RememberedOperation, rememberAlso, remembered } from '../record/outcomes.ts'
import type { PartStep } from '../record/state-part.ts'
import type { GroupRecord } from '../record/view.ts'
import { memberOutcome, membersPart } from './member-operations.ts'
import {
  bodyMaxChars,
  type Operation,
  type OperationRefusal,
  type OperationRequest,
  type OperationResult,
  operationDigest,
} from './operation.ts'

/** An operation that waits at the one who coordinates. */
export interface WaitingOperation extends Operation {
  readonly digest: number
  /** How long its body is. */
  readonly chars: number
  readonly untilMs: number
  /** Who waits for its end; this node's own name among them where it does. */
  readonly askers: Set<NodeName>
}

export type WaitingOperations = Map<string, WaitingOperation>

/** What operations make of a record. */
export interface Operated {
  readonly state: unknown
  /** Missing where none took effect. */
  readonly outcomes?: Outcomes
  readonly refused: readonly Refused[]
}

interface Refused {
  readonly operation: WaitingOperation
  readonly why: OperationRefusal
  /** What the part threw. */
  readonly cause?: unknown
}

const waitingMax = 1_024

/** Where the acting coordinator takes operations in, applies them, and answers. Which of them wait is its caller's. */
export class OperationDesk {
  readonly #context: GmsContext
  readonly #answer: (to: NodeName, id: string, result: OperationResult) => void

  constructor(context: GmsContext, answer: (to: NodeName, id: string, result: OperationResult) => void) {
    this.#context = context
    this.#answer = answer
  }

  /**
   * Takes one in, among those that wait already, or are being decided.
   *
   * @returns what has to be decided now; undefined where it is answered, or only somebody more waits for it
   */
  take(
    asker: NodeName,
    request: OperationRequest,
    waiting: readonly WaitingOperations[],
  ): WaitingOperation | undefined {
    const { id, part, body, forMs } = request
    const { record, nowMs, rules } = this.#context
    const known = waiting.map((all) => all.get(id)).find((one) => one !== undefined)
    const done = record && rules.outcomesAreRemembered ? remembered(outcomesOf(record), id) : undefined
    const digest = operationDigest(request)
    const chars = canonicalText(body).length
    const count = waiting.reduce((sum, all) => sum + all.size, 0)
    if ((known ?? done ?? { digest }).digest !== digest) this.#refuse(asker, id, 'id-taken')
    else if (known) known.askers.add(asker)
    else if (done) this.#done(asker, done)
    else {
      const why = this.#faultOf(request, chars, count)
      if (!why) return { id, part, body, digest, chars, untilMs: nowMs + forMs, askers: new Set([asker]) }
      this.#refuse(asker, id, why)
    }
    return undefined
  }

  #faultOf({ part, since }: OperationRequest, chars: number, waiting: number): OperationRefusal | undefined {
    const { record, parts } = this.#context
    if (record && since && since.version < outcomesOf(record).forgotten) return 'forgotten'
    if (part !== membersPart && !parts.has(part)) return 'unknown-part'
    if (chars > bodyMaxChars) return 'too-large'
    return waiting >= waitingMax ? 'busy' : undefined
  }

  /** What these operations make of the record, one after the other; refused ones leave it as it is. Pure. */
  apply(record: GroupRecord, state: unknown, operations: Iterable<WaitingOperation>, step: PartStep): Operated {
    const refused: Refused[] = []
    const added: RememberedOperation[] = []
    let now = state
    for (const operation of operations) {
      const { id, part, body, digest } = operation
      const result =
        part === membersPart
          ? { state: now, outcome: memberOutcome(body, record.view, step.view) }
          : this.#context.parts.apply(now, part, body, step)
      if ('refused' in result) refused.push({ operation, why: result.refused, cause: result.cause })
      else {
        now = result.state
        added.push({ id, digest, version: step.version, outcome: result.outcome })
      }
    }
    const outcomes = added.length > 0 && rememberAlso(outcomesOf(record), added)
    return { state: now, ...(outcomes && { outcomes }), refused }
  }

  /** Takes out of those that wait what the record has, and answers it. */
  seen(record: GroupRecord, waiting: WaitingOperations): void {
    const outcomes = outcomesOf(record)
    for (const [id, { askers }] of waiting) {
      const done = remembered(outcomes, id)
      if (!done) continue
      waiting.delete(id)
      for (const asker of askers) this.#done(asker, done)
    }
  }

  /** Takes out what nobody waits for any more. */
  dropLate(waiting: WaitingOperations): void {
    for (const [id, { untilMs }] of waiting) if (untilMs <= this.#context.nowMs) waiting.delete(id)
  }

  refuse({ id, askers }: WaitingOperation, why: OperationRefusal): void {
    for (const asker of askers) this.#refuse(asker, id, why)
  }

  /** No quorum decided; somebody else may find what was proposed, and finish it. */
  undecided({ id, askers }: WaitingOperation, missing: readonly NodeName[]): void {
    for (const asker of askers) this.#answer(asker, id, { kind: 'no-quorum', missing, mayHaveHappened: true })
  }

  #done(asker: NodeName, { id, outcome, version }: RememberedOperation): void {
    this.#answer(asker, id, { kind: 'done', outcome, version })
  }

  #refuse(asker: NodeName, id: string, why: OperationRefusal): void {
    this.#answer(asker, id, { kind: 'refused', why })
  }
}

/** So much of what waits goes into one version, in characters: the rest goes into the next. */
const versionMaxChars = 4 * bodyMaxChars

/** The first of them that fit into one version; they are taken out of what waits. */
export function firstOf(waiting: WaitingOperations): WaitingOperations {
  const taken: WaitingOperations = new Map()
  let chars = 0
  for (const [id, operation] of waiting) {
    chars += operation.chars
    if (taken.size > 0 && chars > versionMaxChars) break
    taken.set(id, operation)
    waiting.delete(id)
  }
  return taken
}
