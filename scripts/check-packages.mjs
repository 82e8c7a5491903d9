// Every package as its user meets it: packed, installed alone into an empty project (with the Ring packages it needs and
// nothing else), loaded as ESM and as CommonJS, its types checked for both, its README example run, its command started.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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
  const named = [one.name, ...importedBy(exampleOf(one.folder))]
  const all = new Set(named.flatMap((name) => [name, ...packages.find((other) => other.name === name).needs]))
  return [...all].sort()
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
  for (const one of packages) {
    if (only.length > 0 && !only.includes(one.name)) continue
    const wanted = wantedFor(one, packages)
    try {
      const folder = join(work, one.name.replace('/', '-'))
      install(
        folder,
        wanted.map((name) => tarballs.get(name)),
      )
      checkInstalled(folder, wanted)
      checkLoads(folder, one)
      checkTypes(folder, one.name)
      checkBins(folder, one.bins)
      const told = checkExample(folder, exampleOf(one.folder))
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
