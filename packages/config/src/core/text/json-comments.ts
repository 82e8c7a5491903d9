/**
 * Puts a blank before each `#` that follows a comma or a bracket outside quotes. CHMPX reads a comment there, as its YAML
 * library does in brackets; YAML itself, and the library here, ask for a blank before it.
 */
export function spacedComments(json: string): string {
  let spaced = ''
  let from = 0
  let quote = ''
  let isComment = false
  for (let at = 0; at < json.length; at++) {
    const character = json[at]!
    if (isComment) isComment = character !== '\n' && character !== '\r'
    else if (quote !== '') {
      if (character === '\\' && quote === '"') at++
      else if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '#') {
      const before = json[at - 1] ?? ' '
      isComment = /[\s,{}[\]]/.test(before)
      if (!isComment || /\s/.test(before)) continue
      spaced += `${json.slice(from, at)} `
      from = at
    }
  }
  return spaced + json.slice(from)
}
