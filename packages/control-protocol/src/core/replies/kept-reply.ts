/**
 * A reply on a kept connection: a line with a dot alone ends it, and a line of its own that begins with a dot gets another one in
 * front.
 */
export function keptReply(text: string): string {
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return `${whole.replace(/^\./gm, '..')}.\n`
}

/** The reply without its frame. @returns undefined while its end is missing */
export function readKeptReply(text: string): { readonly reply: string; readonly rest: string } | undefined {
  const end = text.startsWith('.\n') ? 0 : text.indexOf('\n.\n') + 1
  if (end === 0 && !text.startsWith('.\n')) return undefined
  return { reply: text.slice(0, end).replace(/^\./gm, ''), rest: text.slice(end + 2) }
}
