import type { SequentialModel } from './linearizability.ts'

export type RegisterInput<Value> = { readonly kind: 'read' } | { readonly kind: 'write'; readonly value: Value }
/** What a read returned; a write answers nothing. */
export type RegisterOutput<Value> = { readonly value: Value } | 'written'

/** A plain register: a read returns what was last written. Values must be plain data (compared by their JSON). */
export function registerModel<Value>(
  initial: Value,
): SequentialModel<Value, RegisterInput<Value>, RegisterOutput<Value>> {
  return {
    initial,
    step: (state, input, output) => {
      if (input.kind === 'write') return input.value
      return typeof output === 'object' && same(output.value, state) ? state : undefined
    },
    key: keyOf,
  }
}

export type CompareAndSetInput<Value> =
  | { readonly kind: 'read' }
  | { readonly kind: 'compare-and-set'; readonly expected: Value; readonly next: Value }
/** What a read returned, or whether a compare-and-set took place. */
export type CompareAndSetOutput<Value> = { readonly value: Value } | 'set' | 'not-set'

/**
 * A register that is changed by compare-and-set only. Values must be plain data (compared by their JSON).
 * An operation without an answer may have been set or not.
 */
export function compareAndSetModel<Value>(
  initial: Value,
): SequentialModel<Value, CompareAndSetInput<Value>, CompareAndSetOutput<Value>> {
  return {
    initial,
    step: (state, input, output) => {
      if (input.kind === 'read') return typeof output === 'object' && same(output.value, state) ? state : undefined
      const fits = same(input.expected, state)
      if (output === undefined) return fits ? input.next : undefined
      if (output === 'set') return fits ? input.next : undefined
      return output === 'not-set' && !fits ? state : undefined
    },
    key: keyOf,
  }
}

function keyOf(value: unknown): string {
  return JSON.stringify([value])
}

function same(one: unknown, other: unknown): boolean {
  return keyOf(one) === keyOf(other)
}
