// out/documented-commands.txt: every command of the documents, where it is run, and how it ended.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DocumentedCommand } from './extract.ts'
import type { Proof } from './proofs.ts'

/** How a command ended, by its documented words. */
export type Codes = Readonly<Record<string, number>>

const fileOf = (root: string, name: string): string => join(root, 'out', `documented-commands${name}`)

/** What `npm run check:commands` saw when it ran last. */
export function ciCodes(root: string): Codes {
  const file = fileOf(root, '.ci.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Codes) : {}
}

export function keepCiCodes(root: string, codes: Codes): void {
  mkdirSync(join(root, 'out'), { recursive: true })
  writeFileSync(fileOf(root, '.ci.json'), JSON.stringify(codes, undefined, 2))
}

function endOf({ by }: Proof, code: number | undefined): string {
  if ('step' in by) return 'step of .ci/run'
  if ('test' in by) return by.test
  if ('outside' in by) return `not run: ${by.outside}`
  return code === undefined ? 'npm run check:commands' : `exit code ${code}`
}

export function writeReport(
  root: string,
  commands: readonly DocumentedCommand[],
  proofOf: (text: string) => Proof,
  codes: Codes,
): void {
  const lines = commands.map(({ text, places }) => `${endOf(proofOf(text), codes[text])}\t${text}\t${places.join(' ')}`)
  mkdirSync(join(root, 'out'), { recursive: true })
  writeFileSync(fileOf(root, '.txt'), `${lines.join('\n')}\n`)
}
