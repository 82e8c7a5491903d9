// Runs one documented command, at the size that its proof gives it.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Run } from './proofs.ts'
import type { Sandbox } from './sandbox.ts'

export interface Ran {
  /** What the shell was given. */
  readonly words: string
  /** 128 and the signal's number where a signal ended it. */
  readonly code: number
  readonly printed: string
  readonly seconds: number
}

const signalCodes: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGTERM: 143, SIGKILL: 137, SIGHUP: 129 }

/** The documented words as the proof has them run. */
export function wordsOf(command: string, { smaller = [], before, behind }: Run): string {
  let words = command
  for (const [find, put] of smaller) words = words.replace(find, put)
  if (before !== undefined) words = `${before} ${words}`
  return behind === undefined ? words : `${words} && ${behind}`
}

/** Runs words of a shell; the shell becomes the last command, so that a signal reaches it. */
export function runShell(
  words: string,
  { cwd, env, until }: { readonly cwd: string; readonly env: Sandbox['env']; readonly until?: RegExp | undefined },
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const script = until === undefined ? words : words.replace(/(.*(?:; |&& )|^)/, '$1exec ')
    const child = spawn('sh', ['-e', '-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const startMs = performance.now()
    let printed = ''
    const take = (bytes: Buffer): void => {
      printed = `${printed}${bytes.toString()}`.slice(-20_000)
      if (until?.test(printed)) child.kill('SIGTERM')
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.once('error', reject)
    child.once('close', (code, signal) =>
      resolve({
        words,
        code: code ?? (signal === null ? 1 : (signalCodes[signal] ?? 128)),
        printed,
        seconds: (performance.now() - startMs) / 1000,
      }),
    )
  })
}

export function runDocumented(root: string, sandbox: Sandbox, command: string, run: Run): Promise<Ran> {
  const cwd = run.folder === undefined ? sandbox.folder : join(root, run.folder)
  return runShell(wordsOf(command, run), { cwd, env: sandbox.env, until: run.until })
}
