// Every README's first TypeScript example runs as it stands, and prints what its comments say.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exampleOf, expectedOutput } from './readme-example.mjs'

const root = join(import.meta.dirname, '..')
const folders = ['packages', 'apps'].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => join(root, group, name)),
)

describe('README examples', () => {
  it('U1: every package has a README with an example', () => {
    for (const folder of folders)
      expect(readFileSync(join(folder, 'README.md'), 'utf8'), folder).toMatch(/```(ts|sh|\n)/)
  })

  for (const folder of folders) {
    const code = exampleOf(join(folder, 'README.md'))
    // The others show commands, or a file that a test of their own runs.
    if (code === undefined) continue
    it(`U1: the example of ${folder.slice(root.length + 1)} runs and prints what it says`, () =>
      expectPrinted(code, folder))
  }

  it('F2: the part of docs/add-a-part.md runs and prints what it says', () => {
    expectPrinted(exampleOf(join(root, 'docs', 'add-a-part.md'))!, join(root, 'apps', 'node'))
  })
})

/** Runs it as a file of that folder, which can import what the package can. */
function expectPrinted(code: string, folder: string): void {
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
}
