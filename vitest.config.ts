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
    testTimeout: 120_000,
  },
})
