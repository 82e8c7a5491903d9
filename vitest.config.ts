import { configDefaults, defineConfig } from 'vitest/config'
import { TestOrder } from './scripts/test-order.ts'

// The source condition makes every @ring import resolve to src, so no test can pass against a stale build.
const conditions = ['@ring/source', 'node']

/** What shares nothing with others but its modules: no process, no mock, no socket that outlives it. */
const pure = [
  'packages/*/src/{core,simulation}/**/*.test.ts',
  'packages/{placement,platform,register,testkit,merge,scenarios}/src/**/*.test.ts',
  'apps/*/src/{core,simulation}/**/*.test.ts',
]
/** What starts Ring's programs. */
const processes = [
  '{packages,apps}/*/src/e2e/**/*.test.ts',
  'apps/bench/src/end-to-end.test.ts',
  'scripts/**/*.test.ts',
]
/** What puts modules of its own in the place of others: it has a worker to itself. */
export const mocking = ['apps/node/src/access/credentials.test.ts', 'apps/node/src/setup/renamed-machine.test.ts']
const all = ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'scripts/**/*.test.ts']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    // More than processors, since many tests wait for what real processes do.
    maxWorkers: 4,
    // All processors are busy: threads that collect garbage side by side take more of them, and save no time.
    execArgv: ['--single-threaded-gc'],
    sequence: { sequencer: TestOrder },
    // Nothing is judged by it: it only ends what hangs, and a loaded machine takes many times as long as an idle one.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    projects: [
      // Loading the modules anew for each file took a good part of all time.
      {
        extends: true,
        test: { name: 'pure', include: pure, exclude: [...configDefaults.exclude, ...processes], isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'machine',
          include: all,
          exclude: [...configDefaults.exclude, ...pure, ...processes, ...mocking],
          isolate: false,
          restoreMocks: true,
        },
      },
      { extends: true, test: { name: 'mocking', include: mocking } },
      {
        extends: true,
        test: {
          name: 'processes',
          include: processes,
          globalSetup: 'scripts/test-programs/bundle.ts',
          isolate: false,
        },
      },
    ],
  },
})
