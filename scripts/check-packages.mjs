// Every package as its user meets it: packed, installed, put alone into an empty project (with the packages that the manifests
// name and nothing else), loaded as ESM and as CommonJS, its types checked for both, its README example run, its command started.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install, pack, packagesOf, run } from './pack.mjs'
import { exampleOf, expectedOutput } from './readme-example.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { transpile, ModuleKind, ScriptTarget } = createRequire(import.meta.url)('typescript')
const only = process.argv.slice(2)

/** The Ring packages that the text of an example imports. */
const importedBy = (code) => [
  ...new Set([...(code ?? '').matchAll(/from '(@ring\/[a-z-]+)'/g)].map(([, name]) => name)),
]

/** What its user installs: the package, and what its README example imports beside it. */
function wantedFor(one, packages) {
  const named = [one.name, ...importedBy(exampleOf(join(one.folder, 'README.md')))]
  const all = new Set(named.flatMap((name) => [name, ...packages.find((other) => other.name === name).needs]))
  return [...all].sort()
}

/**
 * A project with these packages and what their manifests name, out of one where all are installed: an installation of its
 * own for each asked the registry a dozen times for the same. What a package uses and does not name, is not there.
 */
function projectOf(folder, installed, wanted) {
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const put = new Set()
  const add = (name, isOptional) => {
    const from = join(installed, 'node_modules', name)
    if (put.has(name) || (isOptional && !existsSync(from))) return
    put.add(name)
    const to = join(folder, 'node_modules', name)
    cpSync(from, to, { recursive: true, verbatimSymlinks: true })
    for (const { manifest, at } of manifestsIn(to)) {
      const {
        dependencies = {},
        optionalDependencies = {},
        peerDependencies = {},
        peerDependenciesMeta = {},
      } = manifest
      const isNested = (other) =>
        existsSync(join(at, 'node_modules', other)) || existsSync(join(to, 'node_modules', other))
      for (const other of Object.keys(dependencies)) if (!isNested(other)) add(other, other in optionalDependencies)
      for (const other of Object.keys(optionalDependencies)) if (!isNested(other)) add(other, true)
      for (const other of Object.keys(peerDependencies))
        if (!isNested(other) && !peerDependenciesMeta[other]?.optional) add(other, false)
    }
    linkBins(folder, name)
  }
  for (const name of wanted) add(name, false)
}

/** That of a package, and those of the packages that it has inside. */
function manifestsIn(at) {
  const own = { at, manifest: JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) }
  const nested = join(at, 'node_modules')
  if (!existsSync(nested)) return [own]
  const names = readdirSync(nested).flatMap((name) =>
    name.startsWith('@')
      ? readdirSync(join(nested, name)).map((one) => join(name, one))
      : name.startsWith('.')
        ? []
        : [name],
  )
  return [own, ...names.flatMap((name) => manifestsIn(join(nested, name)))]
}

function linkBins(folder, name) {
  const { bin = {} } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
  if (typeof bin === 'string') return
  for (const [command, file] of Object.entries(bin)) {
    const target = join('..', name, file)
    chmodSync(join(folder, 'node_modules', '.bin', target), 0o755)
    symlinkSync(target, join(folder, 'node_modules', '.bin', command))
  }
}

function checkInstalled(folder, wanted) {
  const found = readdirSync(join(folder, 'node_modules', '@ring')).map((name) => `@ring/${name}`)
  if (found.sort().join() !== wanted.join()) throw new Error(`installed ${found.join()}, wanted ${wanted.join()}`)
}

/** Both ways of loading give the same names. */
function checkLoads(folder, { name, bins }) {
  const keys =
    'console.log(Object.keys(it).filter((key) => key !== "default" && key !== "module.exports").sort().join())'
  const node = (...args) => run(process.execPath, args, { cwd: folder })
  const esm = node('--input-type=module', '-e', `import * as it from '${name}'; ${keys}`)
  const cjs = node('--input-type=commonjs', '-e', `const it = require('${name}'); ${keys}`)
  const isEmpty = esm.trim() === '' && bins.length === 0
  if (esm !== cjs || isEmpty) throw new Error(`ESM gives "${esm.trim()}", CommonJS "${cjs.trim()}"`)
}

function checkTypes(folder, name) {
  const text = `import * as it from '${name}'\nexport type Names = keyof typeof it\n`
  for (const extension of ['mts', 'cts']) writeFileSync(join(folder, `types.${extension}`), text)
  const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node']
  const typeRoots = ['--typeRoots', join(root, 'node_modules', '@types')]
  const tsc = join(root, 'node_modules', 'typescript7', 'bin', 'tsc')
  run(process.execPath, [tsc, ...flags, ...typeRoots, 'types.mts', 'types.cts'], { cwd: folder })
}

function checkExample(folder, code) {
  if (code === undefined) return 'no example that prints'
  const options = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 }
  writeFileSync(join(folder, 'example.mjs'), transpile(code, options))
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
  const printed = run(process.execPath, ['example.mjs'], { cwd: folder, env, timeout: 30_000 }).trimEnd().split('\n')
  const expected = expectedOutput(code)
  if (printed.join('\n') !== expected.join('\n'))
    throw new Error(`printed\n${printed.join('\n')}\ninstead of\n${expected.join('\n')}`)
  return 'example runs'
}

function checkBins(folder, bins) {
  for (const bin of bins) {
    const { status, stdout, stderr } = spawnSync(join(folder, 'node_modules', '.bin', bin), ['--help'], {
      encoding: 'utf8',
    })
    if (status !== 0 || !stdout.includes(bin)) throw new Error(`${bin} --help: ${status}\n${stdout}${stderr}`)
  }
}

const packages = packagesOf(root)
const work = mkdtempSync(join(tmpdir(), 'ring-packages-'))
const out = join(root, 'out', 'tarballs')
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
let failures = 0
try {
  const tarballs = pack(root, packages, out)
  const installed = join(work, 'installed')
  install(installed, [...tarballs.values()])
  for (const one of packages) {
    if (only.length > 0 && !only.includes(one.name)) continue
    const wanted = wantedFor(one, packages)
    try {
      const folder = join(work, one.name.replace('/', '-'))
      projectOf(folder, installed, wanted)
      checkInstalled(folder, wanted)
      checkLoads(folder, one)
      checkTypes(folder, one.name)
      checkBins(folder, one.bins)
      const told = checkExample(folder, exampleOf(join(one.folder, 'README.md')))
      console.log(`ok      ${one.name.padEnd(18)} with ${wanted.length - 1} other Ring packages; ${told}`)
    } catch (error) {
      failures++
      console.log(`failed  ${one.name}\n${error.message}`)
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
process.exit(failures === 0 ? 0 : 1)
