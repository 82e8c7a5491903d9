import { defineConfig } from 'tsup'

/** The JavaScript of a package: all that the apps need to start. Declarations are tsup.types.ts's business. */
export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  dts: false,
  sourcemap: true,
  clean: false,
  target: 'node20',
  platform: 'node',
  treeshake: true,
  splitting: false,
})
