// docs/architecture.md, eslint/layers.js and the packages' manifests say the same.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ESLint, Linter } from 'eslint'
import { describe, expect, it } from 'vitest'
import { layers as layerTable } from '../eslint/layers.js'

const root = join(import.meta.dirname, '..')
const layers = layerTable as Readonly<Record<string, readonly string[]>>
const folders = ['packages', 'apps'].flatMap((group) => readdirSync(join(root, group)).map((name) => ({ group, name })))

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
}

function ringDependencies(group: string, name: string): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(root, group, name, 'package.json'), 'utf8')) as Manifest
  const all = Object.keys(manifest.dependencies ?? {})
  return all.filter((one) => one.startsWith('@ring/')).map((one) => one.slice('@ring/'.length))
}

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

  it('lets every package depend only downwards', () => {
    for (const { group, name } of folders) {
      for (const dependency of ringDependencies(group, name)) expect(layers[name], name).toContain(dependency)
    }
  })

  it('has no circle', () => {
    for (const name of Object.keys(layers)) expect([...reachable(name)], name).not.toContain(name)
  })

  it('ends lint for an import that runs upwards, out of a core, or into the inside of a package', async () => {
    const configured = new ESLint({ cwd: root })
    const saysOf = async (file: string, from: string) => {
      const { rules } = (await configured.calculateConfigForFile(join(root, file))) as Linter.Config
      const only = { 'no-restricted-imports': rules?.['no-restricted-imports'] ?? 'off' } as const
      return new Linter().verify(`import '${from}'`, { rules: only }).map(({ message }) => message)
    }
    const core = 'packages/messaging/src/core/relay.ts'
    expect(await saysOf(core, '../node-links.ts')).toEqual([
      expect.stringContaining('A core does not import its shell'),
    ])
    expect(await saysOf(core, 'node:fs')).toEqual([expect.stringContaining('A core has no I/O')])
    expect(await saysOf(core, '@ring/gms')).toEqual([expect.stringContaining('messaging may import only')])
    expect(await saysOf(core, './relay-port.ts')).toEqual([])
    const shell = 'packages/messaging/src/node-links.ts'
    expect(await saysOf(shell, '@ring/gms')).toEqual([expect.stringContaining('messaging may import only')])
    expect(await saysOf(shell, '@ring/platform/dist/index.js')).not.toEqual([])
    expect(await saysOf(shell, './core/relay.ts')).toEqual([])
    expect(await saysOf('packages/register/src/driver.ts', '@ring/testkit')).not.toEqual([])
  })
})
