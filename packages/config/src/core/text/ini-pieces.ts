/** What a key or a value of INI says, and what about it may surprise. */
export interface Pieces {
  readonly text: string
  /** A `\` outside quotes was taken for an escape: it is gone. */
  readonly hasEscape: boolean
}

/**
 * Reads a key or a value piece by piece, as CHMPX does: quotes may stand anywhere in it. Single ones take everything as
 * it is; in double ones only `\"` and `\\` are escapes; outside, `\` takes the next character as it is, and a blank
 * followed by `#` ends the value. Undefined when a quote is not closed or nothing follows a `\`.
 */
export function readPieces(line: string): Pieces | undefined {
  const written = line.trim()
  let text = ''
  let hasEscape = false
  let isAfterBlank = false
  let at = 0
  while (at < written.length) {
    const character = written[at]!
    if (character === '#' && isAfterBlank) break
    isAfterBlank = /\s/.test(character)
    if (character === "'" || character === '"') {
      const quoted = readQuoted(written, at)
      if (quoted === undefined) return undefined
      text += quoted.text
      at = quoted.end
    } else if (character === '\\') {
      if (at + 1 === written.length) return undefined
      text += written[at + 1]!
      hasEscape = true
      at += 2
    } else {
      text += character
      at++
    }
  }
  return { text: text.trim(), hasEscape }
}

/** The text between the quote at `start` and its partner, and where what follows begins. */
function readQuoted(written: string, start: number): { readonly text: string; readonly end: number } | undefined {
  const quote = written[start]!
  let text = ''
  for (let at = start + 1; at < written.length; at++) {
    const character = written[at]!
    const next = written[at + 1]
    if (character === quote) return { text, end: at + 1 }
    if (quote === '"' && character === '\\' && (next === '"' || next === '\\')) {
      text += next
      at++
    } else text += character
  }
  return undefined
}

/** A value that {@link readPieces} reads as this text: as it is where that says the same, else in double quotes. */
export function writtenInPieces(text: string): string {
  const same = readPieces(text)
  return same?.text === text && !same.hasEscape ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}
