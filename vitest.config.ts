import { defineConfig } from 'vitest/config'

// The source condition makes every @ring import resolve to src, so no test can pass against a stale build.
const conditions = ['@ring/source', 'node']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Nothing is judged by it: it only ends what hangs, and a loaded machine takes many times as long as an idle one.
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
})
