/** How long a name is kept out: until somebody lets it in, or for so many milliseconds. */
export type Bar = { readonly kind: 'until-admitted' } | { readonly kind: 'for'; readonly ms: number }
