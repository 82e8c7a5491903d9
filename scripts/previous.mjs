// Packs the version before this one from the commit that previous-version.json names, and installs it under
// .ring/previous, for the test of the upgrade. Prints the folder. Does nothing when it is there already. What was packed once
// on this machine is kept for every checkout, by its commit, under RING_CACHE (~/.cache/ring when that is not set; an empty
// one keeps nothing).
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { install, pack, packagesOf, run } from './pack.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { commit, version } = JSON.parse(readFileSync(join(root, 'scripts', 'previous-version.json'), 'utf8'))

/** Where the version before is installed, whether it is there or not. */
export const previousFolder = join(root, '.ring', 'previous', `${version}-${commit.slice(0, 12)}`)

/** Where this machine keeps it; undefined when it is to keep nothing. */
function keptFolder() {
  const { RING_CACHE, XDG_CACHE_HOME } = process.env
  const cache = RING_CACHE ?? join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'ring')
  return cache === '' ? undefined : join(cache, 'previous', commit)
}

/** A copy that is there as a whole or not at all. */
function copyWhole(from, to) {
  const unfinished = `${to}.${process.pid}`
  try {
    cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true })
    renameSync(unfinished, to)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

/** It saves the next checkout's time; that this one cannot have it kept is no reason to fail. */
function keep(kept) {
  if (kept === undefined || existsSync(kept)) return
  try {
    mkdirSync(dirname(kept), { recursive: true, mode: 0o700 })
    copyWhole(previousFolder, kept)
  } catch (error) {
    console.error(`The version before is not kept for other checkouts: ${error.message}`)
  }
}

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
  const kept = keptFolder()
  if (kept !== undefined && existsSync(kept)) {
    mkdirSync(dirname(previousFolder), { recursive: true })
    copyWhole(kept, previousFolder)
    return previousFolder
  }
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
    keep(kept)
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
