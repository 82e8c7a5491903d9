// Builds and packs @ring/node, or the packages that are named, and what they need, types too, and installs that into a folder:
// the content of a container image, or a project that has a package.json already.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildApps } from './build-apps.mjs'
import { install, pack, packagesOf } from './pack.mjs'
import { ready } from './ready.mjs'

const [destination, ...names] = process.argv.slice(2)
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const packages = packagesOf(root)
const asked = names.length > 0 ? names : ['@ring/node']
const unknown = asked.filter((name) => !packages.some((one) => one.name === name))
if (destination === undefined || unknown.length > 0) {
  if (unknown.length > 0) console.error(`there is no package ${unknown.join(', ')}`)
  console.error('usage: node scripts/pack-node.mjs FOLDER [PACKAGE ...]')
  console.error(`PACKAGE is one of ${packages.map(({ name }) => name).join(', ')}; @ring/node when not given`)
  process.exit(2)
}
ready()
buildApps({ types: true })
const needed = new Set(
  packages.filter(({ name }) => asked.includes(name)).flatMap(({ name, needs }) => [name, ...needs]),
)
const work = mkdtempSync(join(tmpdir(), 'ring-pack-'))
try {
  const wanted = packages.filter(({ name }) => needed.has(name))
  install(resolve(destination), [...pack(root, wanted, work).values()])
} finally {
  rmSync(work, { recursive: true, force: true })
}
