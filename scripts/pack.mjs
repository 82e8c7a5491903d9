// Packs packages as they would be published, and installs packed ones into an empty project, as their users would.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Runs a command to its end; its words are shown only when it fails, as the message of the error. */
export function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options })
  if (status === 0) return stdout
  const words = [stdout, stderr, error?.message].filter(Boolean).join('\n')
  throw new Error(`"${command} ${args.join(' ')}" failed (${status}).\n${words}`)
}

/** All packages of a checkout: name, folder, version, and the Ring packages each depends on, directly or not. */
export function packagesOf(root) {
  const manifests = new Map()
  for (const group of ['packages', 'apps']) {
    for (const name of readdirSync(join(root, group))) {
      const file = join(root, group, name, 'package.json')
      if (!existsSync(file)) continue
      const manifest = JSON.parse(readFileSync(file, 'utf8'))
      if (manifest.private) continue
      manifests.set(manifest.name, { folder: join(root, group, name), manifest })
    }
  }
  const needsOf = (name, seen = new Set()) => {
    for (const one of Object.keys(manifests.get(name).manifest.dependencies ?? {})) {
      if (!manifests.has(one) || seen.has(one)) continue
      seen.add(one)
      needsOf(one, seen)
    }
    return seen
  }
  return [...manifests].map(([name, { folder, manifest }]) => ({
    name,
    folder,
    version: manifest.version,
    bins: Object.keys(manifest.bin ?? {}),
    needs: [...needsOf(name)].sort(),
  }))
}

/**
 * Packs built packages into `destination`; returns name -> tarball. Only pnpm applies `publishConfig.exports`. It is started once
 * for all of them.
 */
export function pack(root, packages, destination) {
  const pnpm = join(root, 'tools', 'pnpm', 'node_modules', 'pnpm', 'bin', 'pnpm.cjs')
  mkdirSync(destination, { recursive: true })
  const filters = packages.flatMap(({ name }) => ['--filter', name])
  const args = [pnpm, '--recursive', ...filters, 'pack', '--json', '--pack-destination', destination]
  // A list, or what would be in it where that is one package alone.
  const packed = [JSON.parse(run(process.execPath, args, { cwd: root }))].flat()
  return new Map(packed.map(({ name, filename }) => [name, filename]))
}

/** A project with these tarballs in it, and what they need from the registry; an empty one where there is none yet. */
export function install(folder, tarballs) {
  mkdirSync(folder, { recursive: true })
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true, "type": "module" }\n')
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', ...tarballs], {
    cwd: folder,
  })
}
