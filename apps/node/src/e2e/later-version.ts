import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** What the later version does otherwise, as changes of this one's source; each text stands in its file once. */
const changes: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>> = {
  // A part of its own, which knows when it began.
  'apps/node/src/running/membership-options.ts': [
    [
      'parts: states,',
      `parts: [...states, {
        name: 'born', maxChars: 100, check: (own: unknown) => typeof own === 'number',
        follow: (own: any, { version }: any) => own ?? version,
        apply: (own: any, body: any) => ({ own, outcome: { since: own, asked: body } }),
      } as any],`,
    ],
  ],
  // A member says more of itself.
  'packages/gms/src/core/effects.ts': [['speaks: speaksNow }', "speaks: speaksNow, colour: 'blue' } as any"]],
  // A view and a record hold more, from the first view on.
  'packages/gms/src/core/record/next-record.ts': [
    ['const content = {\n    view,', 'const content = {\n    view: { tenants: [1, 2], ...view },'],
    [
      'return successor(record, content, origin)',
      "return successor({ tenure: { of: 'a' }, ...record } as any, content, origin)",
    ],
  ],
  'packages/register/src/core/voting/proposer.ts': [
    ['successor(record, next,', "successor({ tenure: { of: 'a' }, ...record } as any, next,"],
  ],
}

/** `ring-node` as a version after this one could be: its record holds a part and fields that this one does not know. */
export interface LaterVersion {
  /** The arguments of Node that run it. */
  readonly daemon: readonly string[]
  remove(): void
}

export async function buildLaterVersion(): Promise<LaterVersion> {
  const folder = mkdtempSync(join(tmpdir(), 'ring-later-'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@ring/node', version: '1.0.0-later' }))
  const changed = new Set<string>()
  await build({
    config: false,
    silent: true,
    entry: { later: join(import.meta.dirname, '..', 'main.ts') },
    outDir: join(folder, 'dist'),
    outExtension: () => ({ js: '.mjs' }),
    format: ['esm'],
    dts: false,
    splitting: false,
    target: 'node20',
    platform: 'node',
    external: ['pino-pretty'],
    noExternal: [/^(?!pino-pretty$)/],
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    esbuildOptions: (options) => {
      options.conditions = ['@ring/source']
    },
    esbuildPlugins: [withChanges(changed)],
  })
  const missed = Object.keys(changes).filter((file) => !changed.has(file))
  if (missed.length > 0) throw new Error(`the later version was built without its changes of ${missed.join()}`)
  return {
    daemon: [join(folder, 'dist', 'later.mjs')],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function withChanges(changed: Set<string>): Plugin {
  return {
    name: 'a-later-version',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = Object.keys(changes).find((one) => path.endsWith(`/${one}`))
        if (file === undefined) return undefined
        changed.add(file)
        return { contents: later(file, readFileSync(path, 'utf8')), loader: 'ts' }
      })
    },
  }
}

function later(file: string, source: string): string {
  return changes[file]!.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`${file} does not hold once: ${from}`)
    return text.replace(from, () => to)
  }, source)
}
