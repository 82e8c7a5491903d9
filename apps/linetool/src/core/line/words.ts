import { UsageError } from '../errors.ts'

/**
 * The words of a line: blanks part them; `'...'` is taken as it is, in `"..."` a backslash stands before `"` and `\`, outside it
 * stands before anything. `#` where a word may begin ends the line, so that files can say what they do.
 *
 * @throws UsageError for a quote that is not closed
 */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = []
  let at = 0
  for (;;) {
    at = afterBlanks(line, at)
    if (at >= line.length || line[at] === '#') break
    const [word, end] = wordAt(line, at)
    words.push(word)
    at = end
  }
  return words
}

const isBlank = (letter: string): boolean => /\s/.test(letter)

function afterBlanks(line: string, from: number): number {
  let at = from
  while (at < line.length && isBlank(line[at]!)) at++
  return at
}

function wordAt(line: string, from: number): readonly [word: string, end: number] {
  let word = ''
  let at = from
  while (at < line.length && !isBlank(line[at]!)) {
    const letter = line[at]!
    if (letter === "'") {
      const end = line.indexOf("'", at + 1)
      if (end === -1) throw openQuote("'")
      word += line.slice(at + 1, end)
      at = end + 1
    } else if (letter === '"') {
      const [text, end] = quotedAt(line, at + 1)
      word += text
      at = end
    } else if (letter === '\\' && at + 1 < line.length) {
      word += line[at + 1]!
      at += 2
    } else {
      word += letter
      at++
    }
  }
  return [word, at]
}

function quotedAt(line: string, from: number): readonly [text: string, end: number] {
  let text = ''
  let at = from
  while (at < line.length) {
    const letter = line[at]!
    if (letter === '"') return [text, at + 1]
    const next = line[at + 1]
    if (letter === '\\' && (next === '"' || next === '\\')) {
      text += next
      at += 2
    } else {
      text += letter
      at++
    }
  }
  throw openQuote('"')
}

function openQuote(quote: string): UsageError {
  return new UsageError(`The line ends within ${quote}: close the quote, or write \\${quote} for the letter itself.`)
}

/** A word as it has to be written so that it is read as this word again. */
export function quoted(word: string): string {
  if (/^[\w.:/@%+=,[\]-]+$/.test(word)) return word
  return `"${word.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
