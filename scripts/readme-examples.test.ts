// Every README's first TypeScript example runs as it stands, and prints what its comments say.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleOf, expectedOutput } from './readme-example.mjs'
import { bundle } from './test-programs/one-file.ts'

const root = join(import.meta.dirname, '..')
const folders = ['packages', 'apps'].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => join(root, group, name)),
)
const run = promisify(execFile)

interface Example {
  readonly name: string
  readonly code: string
  /** It is a file of this folder, and can import what the package can. */
  readonly folder: string
  readonly source: string
}

function exampleIn(page: string, folder: string, name: string): readonly Example[] {
  const code = exampleOf(page)
  // The others show commands, or a file that a test of their own runs.
  if (code === undefined) return []
  return [{ name, code, folder, source: join(folder, `.readme-example-${name}-${process.pid}.ts`) }]
}

const ofPackages = folders.flatMap((folder) => exampleIn(join(folder, 'README.md'), folder, basename(folder)))
const [ofAPart] = exampleIn(join(root, 'docs', 'add-a-part.md'), join(root, 'apps', 'node'), 'a-part')
const all = [...ofPackages, ofAPart!]

/** A folder deep in the package of the node, whose manifest a node reads. */
const bundles = join(root, 'apps', 'node', '.ring')
const nameOf = ({ name }: Example): string => `readme-${name}-${process.pid}`
const fileOf = (example: Example): string => join(bundles, `${nameOf(example)}.mjs`)

describe('README examples', () => {
  // One file of each, since from source a process takes a second of processor time until its first line runs.
  beforeAll(async () => {
    for (const { source, code } of all) writeFileSync(source, code)
    await bundle(bundles, Object.fromEntries(all.map((example) => [nameOf(example), example.source])))
  })
  afterAll(() => {
    for (const example of all) for (const file of [example.source, fileOf(example)]) rmSync(file, { force: true })
  })

  it('U1: every package has a README with an example', () => {
    for (const folder of folders)
      expect(readFileSync(join(folder, 'README.md'), 'utf8'), folder).toMatch(/```(ts|sh|\n)/)
  })

  for (const example of ofPackages)
    it(`U1: the example of ${example.folder.slice(root.length + 1)} runs and prints what it says`, () =>
      expectPrinted(example))

  it('F2: the part of docs/add-a-part.md runs and prints what it says', () => expectPrinted(ofAPart!))
})

async function expectPrinted(example: Example): Promise<void> {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
  const { stdout } = await run(process.execPath, [fileOf(example)], { cwd: example.folder, env, timeout: 20_000 })
  const expected = expectedOutput(example.code)
  expect(expected.length).toBeGreaterThan(0)
  expect(stdout.trimEnd().split('\n')).toEqual(expected)
}
