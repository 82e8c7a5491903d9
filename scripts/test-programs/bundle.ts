import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { bundle } from './one-file.ts'

const root = join(import.meta.dirname, '..', '..')

/** The programs that tests start as processes, by the variable that says where each is. */
const programs = {
  RING_TEST_DAEMON: { source: 'apps/node/src/main.ts', name: 'daemon' },
  RING_TEST_MESSAGING: { source: 'packages/messaging/src/index.ts', name: 'messaging' },
  RING_TEST_BENCH: { source: 'apps/bench/src/main.ts', name: 'bench' },
  RING_TEST_LINETOOL: { source: 'apps/linetool/src/main.ts', name: 'linetool' },
  RING_TEST_SIM: { source: 'packages/scenarios/src/simulation/main.ts', name: 'sim' },
  RING_TEST_SIM_REGISTER: { source: 'packages/register/src/simulation/main.ts', name: 'sim' },
  RING_TEST_KEEPER: { source: 'apps/node/src/e2e/keeper-program.ts', name: 'keeper' },
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
      await bundle(folder, { [`${name}-${process.pid}`]: source })
      process.env[variable] = file
    }),
  )
}

/** Of runs that were killed. */
function removeLeftOvers(): void {
  for (const { folder } of bundles()) {
    for (const file of filesIn(folder)) {
      const pid = /-(\d+)\.mjs$/.exec(file)?.[1]
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
