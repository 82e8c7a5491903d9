// Every command that a document names is run: here, by another test, or in .ci/run.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentedCommands } from './documented-commands/extract.ts'
import { type Proof, proofs } from './documented-commands/proofs.ts'
import { ciCodes, writeReport } from './documented-commands/report.ts'
import { runDocumented } from './documented-commands/run-command.ts'
import { openSandbox, type Sandbox } from './documented-commands/sandbox.ts'

const root = join(import.meta.dirname, '..')
const commands = documentedCommands(root)
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const proofsOf = (text: string) => proofs.filter(({ command }) => command.test(text))
const runHere = commands.flatMap(({ text }) => {
  const by = proofsOf(text)[0]?.by
  return by !== undefined && 'where' in by && by.where === 'test' ? [{ text, run: by }] : []
})

describe('F3: the commands of the documents', () => {
  it('each has one proof', () => {
    for (const { text, places } of commands)
      expect(proofsOf(text).length, `${text} (${places.join(', ')}): scripts/documented-commands/proofs.ts`).toBe(1)
  })

  it('no proof is without a command', () => {
    const needed = ({ command }: Proof) => commands.some(({ text }) => command.test(text))
    expect(proofs.filter((one) => !needed(one)).map(({ command }) => command.source)).toEqual([])
  })

  it('what a proof names is there', () => {
    const steps = read('.ci/run').split('\n')
    for (const { by } of proofs) {
      if ('step' in by)
        expect(
          steps.some((line) => line.startsWith(by.step)),
          by.step,
        ).toBe(true)
      if ('test' in by) for (const words of by.has) expect(read(by.test), by.test).toContain(words)
    }
    expect(steps, 'what a proof runs in .ci/run').toContain('npm run --silent check:commands')
  })

  it('CONTRIBUTING names every script of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> }
    const named = new Set(documentedCommands(root, ['CONTRIBUTING.md']).map(({ text }) => text))
    const spoken = (name: string) => [`npm ${name}`, `npm run ${name}`]
    expect(Object.keys(scripts).filter((name) => !spoken(name).some((words) => named.has(words)))).toEqual([])
  })
})

describe('F3: a command of the documents ends as it should', () => {
  let sandbox: Sandbox
  const codes: Record<string, number> = {}

  beforeAll(() => {
    sandbox = openSandbox(root, { built: false })
  })
  afterAll(() => {
    sandbox.remove()
    writeReport(root, commands, (text) => proofsOf(text)[0]!, { ...ciCodes(root), ...codes })
  })

  for (const { text, run } of runHere) {
    it(text, async () => {
      const { words, code, printed } = await runDocumented(root, sandbox, text, run)
      codes[text] = code
      expect(code, `${words}\n${printed}`).toBe(run.code ?? 0)
    })
  }
})
