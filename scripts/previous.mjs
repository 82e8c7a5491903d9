// Packs the version before this one from the commit that previous-version.json names, and installs it under
// .ring/previous, for the test of the upgrade; with --earlier the one before that, too. Prints the folders. Does nothing when they
// are there already. What was packed once on this machine is kept for every checkout, by its commit, under RING_CACHE (~/.cache/ring when that is not set; an empty
// one keeps nothing).
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { install, pack, packagesOf, run } from './pack.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { earlier, ...before } = JSON.parse(readFileSync(join(root, 'scripts', 'previous-version.json'), 'utf8'))

/** Where a version is installed, whether it is there or not. */
function folderOf({ version, commit }) {
  return join(root, '.ring', 'previous', `${version}-${commit.slice(0, 12)}`)
}

/** Where this machine keeps it; undefined when it is to keep nothing. */
function keptFolder(commit) {
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
function keep(folder, kept) {
  if (kept === undefined || existsSync(kept)) return
  try {
    mkdirSync(dirname(kept), { recursive: true, mode: 0o700 })
    copyWhole(folder, kept)
  } catch (error) {
    console.error(`The version before is not kept for other checkouts: ${error.message}`)
  }
}

function build(commit, checkout) {
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

function prepare(wanted) {
  const { commit } = wanted
  const folder = folderOf(wanted)
  if (existsSync(folder)) return folder
  const kept = keptFolder(commit)
  if (kept !== undefined && existsSync(kept)) {
    mkdirSync(dirname(folder), { recursive: true })
    copyWhole(kept, folder)
    return folder
  }
  const work = mkdtempSync(join(tmpdir(), 'ring-previous-'))
  try {
    const checkout = join(work, 'checkout')
    build(commit, checkout)
    const packages = packagesOf(checkout)
    const node = /** @type {(typeof packages)[0]} */ (packages.find(({ name }) => name === '@ring/node'))
    const wantedPackages = packages.filter(({ name }) => name === node.name || node.needs.includes(name))
    const tarballs = pack(checkout, wantedPackages, join(work, 'tarballs'))
    const unfinished = `${folder}.${process.pid}`
    install(unfinished, [...tarballs.values()])
    renameSync(unfinished, folder)
    keep(folder, kept)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return folder
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const wanted of process.argv.includes('--earlier') ? [before, earlier] : [before]) {
    try {
      run('git', ['-C', root, 'cat-file', '-e', `${wanted.commit}^{commit}`])
    } catch {
      console.error(
        `This checkout does not have commit ${wanted.commit} (a shallow clone?): the test of the upgrade from ${wanted.version} will be skipped.`,
      )
      continue
    }
    console.log(prepare(wanted))
  }
}
