// Builds the JavaScript of the apps and of what they need, and nothing while nothing changed.
import { spawnSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** @param {{ types?: boolean }} [options] `types`: the declarations too, which take as long again */
export function buildApps({ types = false } = {}) {
  const PATH = [
    join(root, 'node_modules', '.bin'),
    join(root, 'tools', 'pnpm', 'node_modules', '.bin'),
    process.env.PATH,
  ].join(delimiter)
  const tasks = types ? ['build', 'build:types'] : ['build']
  const args = [
    'run',
    ...tasks,
    '--filter=@ring/node',
    '--filter=@ring/bench',
    '--filter=@ring/linetool',
    '--filter=@ring/testkit',
    '--output-logs=errors-only',
  ]
  const env = { ...process.env, PATH, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }
  const built = spawnSync('turbo', args, { cwd: root, env, encoding: 'utf8' })
  if (built.status === 0) return
  process.stderr.write(`${built.stdout ?? ''}${built.stderr ?? ''}\nThe build failed; see above.\n`)
  process.exit(1)
}
