// npm run bench: the numbers of the README, measured on this machine. Arguments go to "ring-bench speed".
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildApps } from './build-apps.mjs'
import { ready } from './ready.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
ready()
buildApps()
const args = [join(root, 'apps', 'bench', 'dist', 'main.js'), 'speed', ...process.argv.slice(2)]
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1)
