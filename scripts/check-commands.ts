// npm run check:commands: runs the commands of the documents that need a build, or much of the machine, at their smallest size.
//   WORD   only those that contain it
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { documentedCommands } from './documented-commands/extract.ts'
import { proofs } from './documented-commands/proofs.ts'
import { ciCodes, keepCiCodes } from './documented-commands/report.ts'
import { type Ran, runDocumented, runShell } from './documented-commands/run-command.ts'
import { openSandbox } from './documented-commands/sandbox.ts'

const root = join(import.meta.dirname, '..')
const [only = ''] = process.argv.slice(2)
const sandbox = openSandbox(root, { built: true })
const commands = documentedCommands(root).map(({ text }) => text)
const codes: Record<string, number> = { ...ciCodes(root) }
let failures = 0

function tell(names: readonly string[], { words, code, printed, seconds }: Ran, wanted: number): void {
  for (const name of names) codes[name] = code
  const isGood = code === wanted
  if (!isGood) failures++
  process.stdout.write(
    `${isGood ? 'ok    ' : 'failed'}  ${String(code).padStart(3)}  ${seconds.toFixed(1).padStart(5)} s  ${names.join('\n                      ')}\n`,
  )
  if (!isGood) process.stdout.write(`${words}\n${printed}\n`)
}

/** All commands of a script at once: it is given them as COMMAND_1, COMMAND_2, ..., in the order of the documents. */
async function runTogether(script: string, texts: readonly string[]): Promise<void> {
  const given = Object.fromEntries(texts.map((text, index) => [`COMMAND_${index + 1}`, text]))
  const words = readFileSync(join(root, 'scripts', 'documented-commands', script), 'utf8')
  tell(texts, await runShell(words, { cwd: root, env: { ...sandbox.env, ...given } }), 0)
}

/** What has the build, the ports and the documents to itself, one after the other; and what may run beside it. */
const turns: { readonly alone: (() => Promise<void>)[]; readonly beside: (() => Promise<void>)[] } = {
  alone: [],
  beside: [],
}
for (const { command, by } of proofs) {
  const texts = commands.filter((text) => command.test(text) && (text.includes(only) || 'together' in by))
  if ('together' in by && texts.some((text) => text.includes(only)))
    turns.alone.push(() => runTogether(by.together, texts))
  if (!('where' in by) || by.where !== 'ci') continue
  for (const text of texts)
    turns[by.beside === true ? 'beside' : 'alone'].push(async () =>
      tell([text], await runDocumented(root, sandbox, text, by), by.code ?? 0),
    )
}

try {
  await Promise.all(
    [turns.alone, turns.beside].map(async (turn) => {
      for (const run of turn) await run()
    }),
  )
} finally {
  sandbox.remove()
  keepCiCodes(root, codes)
}
process.exit(failures === 0 ? 0 : 1)
