import { defineConfig } from 'tsup'

/** Plain JavaScript of the benchmark, so that no loader is measured. */
export default defineConfig({
  entry: [
    'bench/run.ts',
    'bench/one.ts',
    'bench/in-process.ts',
    'bench/baseline.ts',
    'bench/embedded.ts',
    'bench/four-process.ts',
  ],
  format: ['esm'],
  outDir: 'dist/bench',
  target: 'node20',
  platform: 'node',
  splitting: false,
  noExternal: [/@ring\//],
  esbuildOptions: (options) => {
    options.conditions = ['@ring/source', 'module', 'node']
  },
})
