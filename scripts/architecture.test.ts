// docs/architecture.md, eslint/layers.js and the packages' manifests say the same.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { ESLint, Linter } from 'eslint'
import { describe, expect, it } from 'vitest'
import { circlesOf as circlesIn, importGraph as graphOf } from '../eslint/import-graph.js'
import { knownCircles } from '../eslint/known-circles.js'
import { layers as layerTable } from '../eslint/layers.js'
import { ringPlugin } from '../eslint/ring-plugin.js'
import { mocking } from '../vitest.config.ts'

const importGraph = graphOf as (folder: string) => ReadonlyMap<string, ReadonlySet<string>>
const circlesOf = circlesIn as (graph: ReadonlyMap<string, ReadonlySet<string>>) => readonly ReadonlySet<string>[]
const root = join(import.meta.dirname, '..')
const layers = layerTable as Readonly<Record<string, readonly string[]>>
const folders = ['packages', 'apps'].flatMap((group) => readdirSync(join(root, group)).map((name) => ({ group, name })))

type Dependencies = Readonly<Record<string, string>>

interface Manifest {
  readonly dependencies?: Dependencies
  readonly devDependencies?: Dependencies
}

function manifestOf(group: string, name: string): Manifest {
  return JSON.parse(readFileSync(join(root, group, name, 'package.json'), 'utf8')) as Manifest
}

function ringNames(dependencies: Dependencies): string[] {
  return Object.keys(dependencies).flatMap((one) => (one.startsWith('@ring/') ? [one.slice('@ring/'.length)] : []))
}

function sourcesOf(folder: string): readonly { readonly file: string; readonly text: string }[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  return files.map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))
}

const parserOf = ({ languageOptions }: Linter.Config) => languageOptions!['parser'] as Linter.Parser
const isTest = (file: string) => file.endsWith('.test.ts') || file.startsWith('simulation')

/** The packages that can be reached from one by allowed imports. */
function reachable(from: string): Set<string> {
  const seen = new Set<string>()
  const visit = (name: string): void => {
    for (const other of layers[name] ?? []) {
      if (seen.has(other)) continue
      seen.add(other)
      visit(other)
    }
  }
  visit(from)
  return seen
}

describe('the architecture', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')

  it('names every package that is there', () => {
    for (const { name } of folders) {
      expect(Object.keys(layers), 'eslint/layers.js').toContain(name)
      expect(page, 'docs/architecture.md').toMatch(new RegExp(`^ *(packages/|apps/)? +${name} `, 'm'))
    }
  })

  it('lets every package import what its manifest names, and nothing else: the table is no wider than the truth', () => {
    for (const { group, name } of folders) {
      const { dependencies = {}, devDependencies = {} } = manifestOf(group, name)
      // Nobody imports a package of simulations; what it needs, it needs to be tested.
      const named = ringNames(name === 'scenarios' ? devDependencies : dependencies)
      expect([...layers[name]!].sort(), `eslint/layers.js, ${name}`).toEqual(named.sort())
      const texts = sourcesOf(join(root, group, name, 'src')).filter(
        ({ file }) => name === 'scenarios' || !isTest(file),
      )
      const unused = named.filter((other) => !texts.some(({ text }) => text.includes(`'@ring/${other}`)))
      expect(unused, `${name} names them and imports nothing of them`).toEqual([])
    }
  })

  it('has no circle', () => {
    for (const name of Object.keys(layers)) expect([...reachable(name)], name).not.toContain(name)
  })

  it('knows no circle of files that is undone', () => {
    const there = folders.flatMap(({ group, name }) => circlesOf(importGraph(join(root, group, name, 'src'))))
    const shown = there.map((circle) => [...circle].map((file) => relative(root, file).split(sep).join('/')).sort())
    for (const known of knownCircles as readonly (readonly string[])[])
      expect(
        shown.map((one) => one.join(' ')),
        'eslint/known-circles.js',
      ).toContain([...known].sort().join(' '))
  })
})

describe('lint refuses', () => {
  const configured = new ESLint({ cwd: root })
  const rules = [
    ...[
      'no-restricted-imports',
      'no-restricted-globals',
      'no-restricted-properties',
      'no-restricted-syntax',
      'no-console',
    ],
    ...['ring/stays-inside', 'ring/no-import-circle'],
  ]

  /** What the rules of the architecture say of a text that would stand in this file. */
  async function saysOf(file: string, text: string): Promise<readonly string[]> {
    const config = (await configured.calculateConfigForFile(join(root, file))) as Linter.Config
    const only = Object.fromEntries(rules.map((rule) => [rule, config.rules?.[rule] ?? 'off']))
    const languageOptions = { parser: parserOf(config) }
    const all = [{ files: ['**/*.ts'], plugins: { ring: ringPlugin as ESLint.Plugin }, rules: only, languageOptions }]
    return new Linter({ cwd: root }).verify(text, all, join(root, file)).map(({ message }) => message)
  }

  const core = 'packages/messaging/src/core/relay/relay.ts'
  const shell = 'packages/messaging/src/node-links.ts'
  const simulation = 'packages/merge/src/simulation/simulated-merging.ts'
  const test = 'packages/merge/src/simulation/merge.test.ts'

  const cases: readonly (readonly [string, string, string, string])[] = [
    [
      'an import that runs upwards',
      shell,
      "import '@ring/gms'",
      'messaging may import only platform, transport, placement',
    ],
    ['the same out of a core', core, "import '@ring/gms'", 'messaging may import only'],
    ['the same as an export', shell, "export { join } from '@ring/gms'", 'messaging may import only'],
    [
      'an import of a package that has none',
      'packages/config/src/load.ts',
      "import '@ring/platform'",
      'no Ring package',
    ],
    [
      'the same upwards in a test',
      'packages/register/src/register.test.ts',
      "import '@ring/gms'",
      'register may import only',
    ],
    [
      'the simulated world outside of tests',
      'packages/register/src/driver.ts',
      "import '@ring/testkit'",
      'may import only',
    ],
    ['the inside of a package', shell, "import '@ring/platform/dist/index.js'", 'public face'],
    ['the inside of a package in a test', test, "import '@ring/gms/dist/index.js'", 'public face'],
    [
      'the simulation of a package outside of tests',
      'apps/node/src/node.ts',
      "import '@ring/gms/simulation'",
      'public face',
    ],
    ['a package by its path', shell, "import '../../platform/src/index.ts'", 'public face'],
    ['a type of a package by its path', shell, "type A = import('../../gms/src/index.ts').A", 'public face'],
    ['what a package loads by its path', shell, "await import('../../gms/src/index.ts')", 'public face'],
    ['a shell in a core', core, "import '../../node-links.ts'", 'A core does not import its shell'],
    [
      'a shell in a room of a core',
      'packages/gms/src/core/room/a.ts',
      "export * from '../../join.ts'",
      'import its shell',
    ],
    ['I/O in a core', core, "import 'node:fs'", 'A core has no I/O'],
    ['I/O in a core, deep', core, "import 'node:fs/promises'", 'A core has no I/O'],
    ['I/O in a core, in the old way', core, "import 'http2'", 'A core has no I/O'],
    ['loading in a core', core, "void import('node:fs')", 'A core loads nothing'],
    ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch'].map(
      (name) => [`${name} in a core`, core, `${name}(() => 1)`, 'A core has no clock'] as const,
    ),
    ...['process.hrtime()', 'performance.now()', 'crypto.randomUUID()', 'globalThis.setTimeout(f)'].map(
      (call) => [`${call} in a core`, core, call, 'A core has no clock'] as const,
    ),
    ['the wall clock in a core', core, 'Date.now()', 'Take a Clock'],
    ['the date of now in a core', core, 'new Date()', 'Take a Clock'],
    ['the date of now in a core, as a text', core, 'Date()', 'Take a Clock'],
    ['chance in a core', core, 'Math.random()', 'Take a Random'],
    [
      'chance in placement, which is a core as a whole',
      'packages/placement/src/plan.ts',
      'Math.random()',
      'Take a Random',
    ],
    ['a package that prints', shell, 'console.log(1)', 'Unexpected console statement'],
  ]
  it.each(cases)('%s', async (_, file, text, says) => {
    expect(await saysOf(file, text)).toEqual([expect.stringContaining(says)])
  })

  it('nothing of what is right', async () => {
    expect(await saysOf(core, "import './relay-port.ts'; import '@ring/platform'; new Date(0)")).toEqual([])
    expect(await saysOf('packages/gms/src/core/room/a.ts', "import '../view.ts'")).toEqual([])
    expect(await saysOf(shell, "import './core/relay.ts'; import 'node:fs'; setTimeout(f)")).toEqual([])
    expect(await saysOf(test, "import '@ring/gms/simulation'; import '@ring/testkit'; import '@ring/merge'")).toEqual(
      [],
    )
    expect(await saysOf(simulation, "import '@ring/testkit'")).toEqual([])
    expect(await saysOf('apps/node/src/node.ts', 'console.log(1)')).toEqual([])
  })

  it('a circle of files, by whatever kind of import, and no line that leads out of one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ring-circle-'))
    const source = join(folder, 'packages/x/src')
    mkdirSync(join(source, 'core'), { recursive: true })
    const texts = {
      'a.ts': "import { b } from './core/b.ts'\n",
      'core/b.ts': "export type { C } from './c.ts'\nimport './d.ts'\n",
      'core/c.ts': "import type {\n  A,\n} from '../a.ts'\n",
      'core/d.ts': '',
      'e.ts': "import './a.ts'\n",
    }
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(source, name), text)
    const parser = parserOf((await configured.calculateConfigForFile(join(root, shell))) as Linter.Config)
    const plugins = { ring: ringPlugin as ESLint.Plugin }
    const config = { files: ['**/*.ts'], plugins, languageOptions: { parser } }
    const said = Object.entries(texts).map(([name, text]) => {
      const linter = new Linter({ cwd: folder })
      const found = linter.verify(
        text,
        [{ ...config, rules: { 'ring/no-import-circle': 'error' } }],
        join(source, name),
      )
      return [name, found.map(({ line, message }) => `${line}: ${message}`)] as const
    })
    rmSync(folder, { recursive: true })
    const closes = 'This closes a circle of imports with'
    expect(Object.fromEntries(said)).toEqual({
      'a.ts': [`1: ${closes} core/b.ts, core/c.ts.`],
      'core/b.ts': [`1: ${closes} a.ts, core/c.ts.`],
      'core/c.ts': [`1: ${closes} a.ts, core/b.ts.`],
      'core/d.ts': [],
      'e.ts': [],
    })
  })

  it('test files share modules, but for those that mock some: these have workers to themselves', () => {
    const mocks = folders.flatMap(({ group, name }) =>
      sourcesOf(join(root, group, name, 'src'))
        .filter(({ text }) => /\bvi\.(do)?[mM]ock\(/.test(text))
        .map(({ file }) => [group, name, 'src', file].join('/')),
    )
    expect(mocks.sort(), 'the list "mocking" of vitest.config.ts').toEqual([...mocking].sort())
  })
})
