import { join } from 'node:path'
import { build } from 'tsup'

const root = join(import.meta.dirname, '..', '..')

/**
 * Makes one file of each program, with all that it imports, from the sources as they are.
 *
 * @param folder where they come to stand, as `name.mjs`
 * @param sources by name
 */
export async function bundle(folder: string, sources: Readonly<Record<string, string>>): Promise<void> {
  await build({
    entry: { ...sources },
    outDir: folder,
    format: 'esm',
    outExtension: () => ({ js: '.mjs' }),
    target: 'node20',
    platform: 'node',
    config: false,
    silent: true,
    clean: false,
    splitting: false,
    treeshake: false,
    tsconfig: join(root, 'tsconfig.json'),
    esbuildOptions: (options) => {
      options.conditions = ['@ring/source']
    },
    external: ['pino-pretty'],
    noExternal: [/^(?!pino-pretty$)/],
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  })
}
