/** Nothing yet. */
export const placeholder = true
