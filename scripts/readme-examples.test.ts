// Every README's first TypeScript example runs as it stands, and prints what its comments say.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const folders = ['packages', 'apps'].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => join(root, group, name)),
)

/** The first `ts` block of a README that prints something. */
function exampleOf(folder: string): string | undefined {
  const readme = join(folder, 'README.md')
  const text = existsSync(readme) ? readFileSync(readme, 'utf8') : ''
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)]
    .map(([, code]) => code!)
    .find((code) => code.includes('console.log('))
}

/** What stands in the comment behind each `console.log(...)`, or on the line after it. */
function expectedOutput(code: string): string[] {
  const lines = code.split('\n')
  return lines.flatMap((line, at) => {
    if (!line.trimStart().startsWith('console.log(')) return []
    const comment = /\) \/\/ (.*)$/.exec(line)?.[1] ?? /^\s*\/\/ (.*)$/.exec(lines[at + 1] ?? '')?.[1]
    return comment === undefined ? [] : [comment]
  })
}

describe('README examples', () => {
  it('U1: every package has a README with an example', () => {
    for (const folder of folders)
      expect(readFileSync(join(folder, 'README.md'), 'utf8'), folder).toMatch(/```(ts|sh|\n)/)
  })

  for (const folder of folders) {
    const code = exampleOf(folder)
    // The others show commands, or a file that a test of their own runs.
    if (code === undefined) continue
    it(`U1: the example of ${folder.slice(root.length + 1)} runs and prints what it says`, () => {
      const file = join(folder, `.readme-example-${process.pid}.ts`)
      writeFileSync(file, code)
      try {
        const args = ['--conditions=@ring/source', '--import', 'tsx', file]
        const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
        const printed = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 20_000, env })
        const expected = expectedOutput(code)
        expect(expected.length).toBeGreaterThan(0)
        expect(printed.trimEnd().split('\n')).toEqual(expected)
      } finally {
        rmSync(file, { force: true })
      }
    })
  }
})
