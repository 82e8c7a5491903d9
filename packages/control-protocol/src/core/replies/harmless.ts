// Controls, line and paragraph separators, and what turns the direction of the text around.
const harmful = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** A text of somebody else's as part of one line: nothing in it begins another line, or moves a terminal's cursor. */
export function harmless(text: string, charsMax = Number.POSITIVE_INFINITY): string {
  const short = text.length > charsMax ? `${text.slice(0, charsMax)}...` : text
  return short.replace(harmful, '?')
}
