// Builds and packs @ring/node and what it needs, types too, and installs that into a folder: the content of a container image,
// or a project that has a package.json already.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildApps } from './build-apps.mjs'
import { install, pack, packagesOf } from './pack.mjs'
import { ready } from './ready.mjs'

const [destination] = process.argv.slice(2)
if (destination === undefined) {
  console.error('usage: node scripts/pack-node.mjs FOLDER')
  process.exit(2)
}
ready()
buildApps({ types: true })
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const packages = packagesOf(root)
const node = /** @type {(typeof packages)[0]} */ (packages.find(({ name }) => name === '@ring/node'))
const wanted = packages.filter(({ name }) => name === node.name || node.needs.includes(name))
const work = mkdtempSync(join(tmpdir(), 'ring-pack-'))
try {
  install(resolve(destination), [...pack(root, wanted, work).values()])
} finally {
  rmSync(work, { recursive: true, force: true })
}
