import { defineConfig } from 'tsup'

/** The declarations of a package, apart from its JavaScript so that starting the apps never waits for the type compiler. */
export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  dts: {
    only: true,
    // tsup 8.5 injects baseUrl when it builds types; TypeScript 6 rejects that without this.
    compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] },
  },
  clean: false,
  platform: 'node',
})
