import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const bundled = process.env['RING_TEST_LINETOOL']
/** As one file where the run of tests has made it, else module by module. */
export const linetool: readonly string[] =
  bundled === undefined
    ? [process.execPath, '--conditions=@ring/source', '--import', 'tsx', join(import.meta.dirname, '..', 'main.ts')]
    : [process.execPath, bundled]

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** `ring-linetool` with these words as a process, and a text in its pipe. */
export function run(words: readonly string[], input: string, environment: Environment = {}): Promise<Ended> {
  const [command, ...args] = [...linetool, ...words]
  const child = spawn(command!, args, { env: { ...process.env, ...environment }, stdio: 'pipe' })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return endOf(child)
}

/** The same on a pseudo-terminal: each step waits for a text, then sends keys. */
export function runOnTerminal(
  words: readonly string[],
  steps: readonly (readonly [text: string, keys: string])[],
  environment: Environment = {},
): Promise<Ended> {
  const script = join(import.meta.dirname, 'pseudo-terminal.py')
  const env = { ...process.env, TERM: 'xterm', ...environment }
  const child = spawn('python3', [script, JSON.stringify(steps), ...linetool, ...words], { env, stdio: 'pipe' })
  return endOf(child)
}

async function endOf(child: ChildProcess): Promise<Ended> {
  let [out, err] = ['', '']
  child.stdout?.on('data', (text) => (out += String(text)))
  child.stderr?.on('data', (text) => (err += String(text)))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

/** Why there is no pseudo-terminal here; empty where there is one. */
export const noTerminal: string =
  spawnSync('python3', ['-c', 'import pty, termios, sys; sys.exit(sys.version_info < (3, 9))']).status === 0
    ? ''
    : ' (skipped: there is no python3 of 3.9 or newer here)'
