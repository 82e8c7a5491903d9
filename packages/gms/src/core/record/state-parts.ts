import { agreedValueFault } from '@ring/register'
import { canonicalText } from './canonical-text.ts'
import { outcomeMaxChars, type PartStep, partNamePattern, type StatePart } from './state-part.ts'

/** Why an operation certainly changes nothing. */
export type ApplyRefusal =
  /** No part of this name is known where it is decided. */
  | 'unknown-part'
  /** What the record holds of the part is not what this version can act on; it stays as it is. */
  | 'part-invalid'
  /** The part would be longer than it may be, or its outcome. */
  | 'too-large'
  /** The part threw, which it must not. */
  | 'part-failed'

export type ApplyResult =
  | { readonly state: unknown; readonly outcome: unknown }
  | { readonly refused: ApplyRefusal; readonly cause?: unknown }

/** All parts of the record's state that this node knows; what it does not know stays where it is (rule S1). Pure. */
export class StateParts {
  readonly #parts: ReadonlyMap<string, StatePart>

  /** @throws RangeError for a name that is not one, or is given twice: a mistake of the program */
  constructor(parts: readonly StatePart[] = []) {
    const byName = new Map<string, StatePart>()
    for (const part of parts) {
      if (!partNamePattern.test(part.name) || byName.has(part.name))
        throw new RangeError(`"${part.name}" is not a name for a state part, or another one has it`)
      byName.set(part.name, part)
    }
    this.#parts = byName
  }

  has(name: string): boolean {
    return this.#parts.has(name)
  }

  /** The state that belongs to a changed view. A value that its part cannot act on stays as it is. */
  follow(state: unknown, step: PartStep): unknown {
    if (this.#parts.size === 0) return state
    const next: Record<string, unknown> = { ...fieldsOf(state) }
    for (const part of this.#parts.values()) {
      const own = next[part.name]
      if (own === undefined || part.check(own)) next[part.name] = part.follow(own, step)
    }
    return next
  }

  /** The state after an operation on one part. Never throws. */
  apply(state: unknown, name: string, body: unknown, step: PartStep): ApplyResult {
    const part = this.#parts.get(name)
    if (!part) return { refused: 'unknown-part' }
    const fields = fieldsOf(state)
    try {
      const before = fields[name] === undefined ? part.follow(undefined, step) : fields[name]
      if (!part.check(before)) return { refused: 'part-invalid' }
      const { own, outcome = null } = part.apply(before, body, step)
      const fault = agreedValueFault(own, 'own') ?? agreedValueFault(outcome, 'outcome')
      if (fault !== undefined)
        return { refused: 'part-failed', cause: new TypeError(`the part made what cannot be agreed on: ${fault}`) }
      const isLarge = canonicalText(own).length > part.maxChars || canonicalText(outcome).length > outcomeMaxChars
      return isLarge ? { refused: 'too-large' } : { state: { ...fields, [name]: own }, outcome }
    } catch (cause) {
      return { refused: 'part-failed', cause }
    }
  }

  /** The parts whose values in this state this version cannot act on. */
  invalid(state: unknown): readonly string[] {
    const fields = fieldsOf(state)
    return [...this.#parts.values()]
      .filter((part) => fields[part.name] !== undefined && !part.check(fields[part.name]))
      .map(({ name }) => name)
  }
}

/** What a part has in a state; undefined where it is missing, or not what this version can act on. */
export function ownOf<Own>(state: unknown, part: StatePart<Own>): Own | undefined {
  const own = fieldsOf(state)[part.name]
  return part.check(own) ? own : undefined
}

/** The state is a map from part to value; before the first view there is none. */
function fieldsOf(state: unknown): Readonly<Record<string, unknown>> {
  const isMap = typeof state === 'object' && state !== null && !Array.isArray(state)
  return isMap ? (state as Readonly<Record<string, unknown>>) : {}
}
