// The example of a package's README, and what it says that it prints.
import { existsSync, readFileSync } from 'node:fs'

/**
 * The first `ts` block of a page that prints something.
 * @param {string} page
 * @returns {string | undefined}
 */
export function exampleOf(page) {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : ''
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)]
    .map(([, code]) => code)
    .find((code) => code.includes('console.log('))
}

/**
 * What stands in the comment behind each `console.log(...)`, or on the line after it.
 * @param {string} code
 * @returns {string[]}
 */
export function expectedOutput(code) {
  const lines = code.split('\n')
  return lines.flatMap((line, at) => {
    if (!line.trimStart().startsWith('console.log(')) return []
    const comment = /\) \/\/ (.*)$/.exec(line)?.[1] ?? /^\s*\/\/ (.*)$/.exec(lines[at + 1] ?? '')?.[1]
    return comment === undefined ? [] : [comment]
  })
}
