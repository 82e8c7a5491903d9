import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/**
 * The daemon as one file with all that it needs: Node resolves, reads and compiles some 150 modules one by one
 * otherwise, which is more than half of the time until a node listens. What a dynamic import brings in stays lazy.
 */
export default defineConfig({
  entry: ['src/main.ts'],
  format: ['esm'],
  dts: false,
  sourcemap: true,
  clean: false,
  target: 'node20',
  platform: 'node',
  treeshake: false,
  // What is not there need not be read; names stay, for the stack of an error.
  esbuildOptions: (options) => {
    options.minifyWhitespace = true
  },
  splitting: false,
  // What makes lines for people is read only where somebody looks at a terminal.
  external: ['pino-pretty'],
  noExternal: [/^(?!pino-pretty$)/],
  // Some of the packages are CommonJS, and ask for Node's own modules with `require`.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  esbuildPlugins: [withoutZodLocales(), licenseNotices('dist/THIRD-PARTY-LICENSES.txt')],
})

/** Zod brings its messages in fifty languages, a sixth of the file: read and compiled at each start, and never said. */
function withoutZodLocales(): Plugin {
  return {
    name: 'without-zod-locales',
    setup(build) {
      build.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: 'export {}' }))
    },
  }
}

/** Writes the licences of every package whose code is in the file beside it, as they ask. */
function licenseNotices(file: string): Plugin {
  return {
    name: 'license-notices',
    setup(build) {
      build.initialOptions.metafile = true
      build.onEnd(({ metafile }) => {
        const folders = new Set(Object.keys(metafile?.inputs ?? {}).flatMap((input) => packageFolder(input)))
        writeFileSync(file, [...folders].sort().map(notice).join('\n'))
      })
    },
  }
}

function packageFolder(input: string): readonly string[] {
  const match = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)
  return match === null ? [] : [match[1]!]
}

function notice(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>
  const text = existsSync(folder) ? readdirSync(folder).find((name) => /^licen[cs]e/i.test(name)) : undefined
  const license = text === undefined ? String(manifest['license']) : readFileSync(join(folder, text), 'utf8')
  return `${String(manifest['name'])} ${String(manifest['version'])}\n\n${license.trim()}\n\n${'-'.repeat(72)}\n`
}
