// Packs the version before this one from the commit that previous-version.json names, and installs it under
// .ring/previous, for the test of the upgrade. Prints the folder. Does nothing when it is there already.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { install, pack, packagesOf, run } from './pack.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { commit, version } = JSON.parse(readFileSync(join(root, 'scripts', 'previous-version.json'), 'utf8'))

/** Where the version before is installed, whether it is there or not. */
export const previousFolder = join(root, '.ring', 'previous', `${version}-${commit.slice(0, 12)}`)

function build(checkout) {
  mkdirSync(checkout)
  run('sh', ['-c', `git -C "${root}" archive ${commit} | tar -x -C "${checkout}"`])
  run(process.execPath, [join(checkout, 'scripts', 'ready.mjs')], { cwd: checkout })
  run(
    process.execPath,
    ['--input-type=module', '-e', "import('./scripts/build-apps.mjs').then((it) => it.buildApps())"],
    {
      cwd: checkout,
    },
  )
}

export function preparePrevious() {
  if (existsSync(previousFolder)) return previousFolder
  const work = mkdtempSync(join(tmpdir(), 'ring-previous-'))
  try {
    const checkout = join(work, 'checkout')
    build(checkout)
    const packages = packagesOf(checkout)
    const node = /** @type {(typeof packages)[0]} */ (packages.find(({ name }) => name === '@ring/node'))
    const wanted = packages.filter(({ name }) => name === node.name || node.needs.includes(name))
    const tarballs = pack(checkout, wanted, join(work, 'tarballs'))
    const unfinished = `${previousFolder}.${process.pid}`
    install(unfinished, [...tarballs.values()])
    renameSync(unfinished, previousFolder)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return previousFolder
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    run('git', ['-C', root, 'cat-file', '-e', `${commit}^{commit}`])
  } catch {
    console.error(
      `This checkout does not have commit ${commit} (a shallow clone?): the test of the upgrade will be skipped.`,
    )
    process.exit(0)
  }
  console.log(preparePrevious())
}
