import type { CommandAnswer } from '../commands/command-table.ts'
import type { Outcome } from '../commands/outcome.ts'
import { harmless } from './harmless.ts'
import { jsonText } from './json-text.ts'

const lineCharsMax = 2000
const detailsMax = 1000

/** The reply to a command, in text or in JSON; it ends with its line. */
export function replyText(command: string, answer: CommandAnswer, asJson: boolean): string {
  if ('ok' in answer) return asJson ? outcomeJson(command, answer) : outcomeText(answer)
  return asJson ? jsonText({ ok: true, command, ...answer.json() }) : answer.text()
}

/**
 * The first line is CHMPX's sentence, where it has one; the details follow, indented. CHMPX's tools look for SUCCEED anywhere in a
 * reply, so an error never holds that word.
 */
export function outcomeText({ ok, text, details = [] }: Outcome): string {
  const head = ok ? 'SUCCEED' : 'ERROR'
  const shown = [text, ...details.slice(0, detailsMax)].map((line) => {
    const one = harmless(line, lineCharsMax)
    return ok ? one : one.replaceAll('SUCCEED', 'succeed')
  })
  const first = shown[0] === '' ? head : `${head}: ${shown[0] ?? ''}`
  return [first, ...shown.slice(1).map((line) => `  ${line}`), ''].join('\n')
}

function outcomeJson(command: string, { ok, code, text, details = [], data }: Outcome): string {
  return jsonText({ ok, command, code, text, details, ...(data !== undefined && { data }) })
}

/** What CHMPX says of a word that is no command; only so much of it as a person reads. */
export function unknownCommandText(word: string): string {
  return `Unknown command(${harmless(word, 200)})\n`
}
