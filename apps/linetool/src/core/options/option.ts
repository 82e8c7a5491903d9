/** What an option is followed by. */
export type OptionValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly name: string }
  | { readonly kind: 'port'; readonly name: string }
  | { readonly kind: 'count'; readonly name: string; readonly min: number; readonly max: number }
  | { readonly kind: 'duration'; readonly name: string }
  | { readonly kind: 'seconds'; readonly name: string }
  | { readonly kind: 'choice'; readonly name: string; readonly of: Readonly<Record<string, string>> }

/** Where an option may stand: on the command line of the program, behind a command, or both. */
export type OptionPlace = 'start' | 'command' | 'both'

export interface Option {
  /** CHMPX's spellings have one dash, Ring's two. Letters of either size are the same. */
  readonly names: readonly string[]
  readonly value: OptionValue
  readonly place: OptionPlace
  readonly doc: string
  /** It is accepted for the sake of scripts, and this is why it changes nothing. */
  readonly noEffect?: string
}
