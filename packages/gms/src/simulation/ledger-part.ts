import type { StatePart } from '../core/record/state-part.ts'

export interface Ledger {
  /** What was written, in the order in which it was decided. */
  readonly tokens: readonly string[]
  /** How many views it followed. */
  readonly views: number
}

/** A part that writes down what it is told, and answers at which place: whatever happens twice shows. */
export const ledgerPart: StatePart<Ledger> = {
  name: 'ledger',
  maxChars: 20_000,
  check: (own): own is Ledger => Array.isArray((own as Partial<Ledger> | null | undefined)?.tokens),
  follow: (own, { version }) => ({ ...own, tokens: own?.tokens ?? [], views: version }),
  apply: (own, body) => {
    const { token } = body as { readonly token?: unknown }
    if (typeof token !== 'string') return { own, outcome: { invalid: true } }
    return { own: { ...own, tokens: [...own.tokens, token] }, outcome: { place: own.tokens.length } }
  },
}

export function tokensOf(state: unknown): readonly string[] {
  return (state as { readonly ledger?: Ledger } | null | undefined)?.ledger?.tokens ?? []
}
