// Where documented commands are run: a folder with the files that they name, and `ring-node` and `ring-bench` on the PATH.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** Below the range from which the kernel gives ports to clients, and above those of the other tests. */
const portBlock = 32_100 + (process.pid % 33) * 20
const offset = { server: 0, ring: 4, free: 14 }

export interface Sandbox {
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  remove(): void
}

/** What a run of tests has bundled of the sources, where it has. */
const bundledBy = { node: 'RING_TEST_DAEMON', bench: 'RING_TEST_BENCH' } as const

function command(root: string, folder: string, name: string, app: 'node' | 'bench', built: boolean): void {
  const file = built ? join(root, 'apps', app, 'dist', 'main.js') : process.env[bundledBy[app]]
  const main = file
    ? `"${file}"`
    : `--conditions=@ring/source --import "${join(root, 'node_modules/tsx/dist/loader.mjs')}" "${join(root, 'apps', app, 'src', 'main.ts')}"`
  writeFileSync(join(folder, name), `#!/bin/sh\nexec "${process.execPath}" ${main} "$@"\n`, { mode: 0o755 })
}

/** The ports of a file, moved out of the way of what else runs on this machine. */
function withPorts(text: string, moved: ReadonlyMap<string, number>): string {
  return text.replaceAll(/\b8\d{3}\b/g, (port) => String(moved.get(port) ?? port))
}

function writeFiles(root: string, folder: string, env: Sandbox['env']): void {
  const server = readFileSync(join(root, 'examples/turnaround/test_server.ini'), 'utf8')
  const moved = new Map([8020, 8021, 8022].map((port, index) => [String(port), portBlock + offset.server + index]))
  writeFileSync(join(folder, 'server.ini'), withPorts(server, moved))
  execFileSync('ring-node', ['init', '--dir', 'my-ring'], { cwd: folder, env })
  const file = join(folder, 'my-ring', 'ring.yaml')
  const text = readFileSync(file, 'utf8')
  const ports = [...new Set(text.match(/\b8\d{3}\b/g))]
  writeFileSync(file, withPorts(text, new Map(ports.map((port, index) => [port, portBlock + offset.ring + index]))))
}

/**
 * @param root the checkout
 * @param options.built run what `npm run build` made, not the sources
 */
export function openSandbox(root: string, { built }: { readonly built: boolean }): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), 'ring-commands-'))
  const programs = join(folder, 'bin')
  mkdirSync(programs)
  command(root, programs, 'ring-node', 'node', built)
  command(root, programs, 'ring-bench', 'bench', built)
  const runtime = join(folder, 'run')
  mkdirSync(runtime, { mode: 0o700 })
  const env = {
    ...process.env,
    PATH: [programs, process.env['PATH']].join(delimiter),
    XDG_RUNTIME_DIR: runtime,
    NO_COLOR: '1',
    FORCE_COLOR: '0',
    WORK: folder,
    FREE_PORT: String(portBlock + offset.free),
    FREE_CTLPORT: String(portBlock + offset.free + 1),
    SERVER_CTLPORT: String(portBlock + offset.server + 1),
  }
  writeFiles(root, folder, env)
  const ring = readFileSync(join(folder, 'my-ring', 'ring.yaml'), 'utf8')
  const ringCtlPort = /CTLPORT: (\d+)/.exec(ring)?.[1]
  return {
    folder,
    env: { ...env, RING_CTLPORT: ringCtlPort },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
