// Makes the checkout ready to run anything: the pinned pnpm and the dependencies of the lockfile.
// Nothing is installed globally, and nothing is done (nor asked of the network) while the lockfile is unchanged.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const toolFolder = join(root, 'tools', 'pnpm')
const pnpmScript = join(toolFolder, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs')
const stampFile = join(root, 'node_modules', '.ring-ready')

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Ring needs Node 20.19 or newer; this is ${process.version}. Install a newer Node and try again.`)
  process.exit(1)
}

function manifests() {
  const folders = ['packages', 'apps'].flatMap((group) =>
    existsSync(join(root, group)) ? readdirSync(join(root, group)).map((name) => join(root, group, name)) : [],
  )
  const files = folders.map((folder) => join(folder, 'package.json')).filter((file) => existsSync(file))
  return [join(root, 'package.json'), join(root, 'pnpm-lock.yaml'), join(root, 'pnpm-workspace.yaml'), ...files.sort()]
}

function fingerprint() {
  const hash = createHash('sha256').update(process.version)
  for (const file of manifests()) if (existsSync(file)) hash.update(file.slice(root.length)).update(readFileSync(file))
  return hash.digest('hex')
}

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status === 0) return
  console.error(`${stdout ?? ''}${stderr ?? ''}`)
  console.error(`Could not run "${command} ${args.join(' ')}"${error ? `: ${error.message}` : ''}.`)
  console.error('Check that the npm registry can be reached, then run the same command again.')
  process.exit(1)
}

/** Installs what is missing; says so on stderr only when there is something to do. */
export function ready() {
  const wanted = fingerprint()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return
  console.error('Installing dependencies (once, and again only when they change) ...')
  if (!existsSync(pnpmScript)) run('npm', ['ci', '--no-audit', '--no-fund', '--silent'], toolFolder)
  run(process.execPath, [pnpmScript, 'install', '--frozen-lockfile', '--prefer-offline'], root)
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, wanted)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) ready()
