import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'tsup'
import type { TestProject } from 'vitest/node'

const root = join(import.meta.dirname, '..', '..')

/** The programs that tests start as processes, by the variable that says where each is. */
const programs = {
  RING_TEST_DAEMON: { source: 'apps/node/src/main.ts', name: 'daemon' },
  RING_TEST_MESSAGING: { source: 'packages/messaging/src/index.ts', name: 'messaging' },
  RING_TEST_BENCH: { source: 'apps/bench/src/main.ts', name: 'bench' },
  RING_TEST_MEMBER: { source: 'packages/gms/src/e2e/member-program.ts', name: 'member' },
} as const

/**
 * Makes one file of each program that tests start, once for a run of them: from source a process takes more than a second
 * of processor time until its first line runs, and there are hundreds. Each run has its own, made of the source as it is,
 * so that no test can pass against a stale one.
 */
export default async function bundleTestPrograms(project: TestProject): Promise<() => void> {
  removeLeftOvers()
  await bundleAll()
  project.onTestsRerun(bundleAll)
  return () => {
    for (const { file } of bundles()) rmSync(file, { force: true })
  }
}

/** Where a bundle stands: one folder deep in its package, as `dist` does, whose manifest it reads. */
function bundles() {
  return Object.entries(programs).map(([variable, { source, name }]) => {
    const folder = join(root, ...source.split('/').slice(0, 2), '.ring')
    return { variable, name, source: join(root, source), folder, file: join(folder, `${name}-${process.pid}.mjs`) }
  })
}

async function bundleAll(): Promise<void> {
  await Promise.all(
    bundles().map(async ({ variable, name, source, folder, file }) => {
      await build({
        entry: { [`${name}-${process.pid}`]: source },
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
      process.env[variable] = file
    }),
  )
}

/** Of runs that were killed. */
function removeLeftOvers(): void {
  for (const { folder, name } of bundles()) {
    for (const file of filesIn(folder)) {
      const pid = new RegExp(`^${name}-(\\d+)\\.mjs$`).exec(file)?.[1]
      if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(folder, file), { force: true })
    }
  }
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
