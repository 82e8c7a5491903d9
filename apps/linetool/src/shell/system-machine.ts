import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { FileError } from '../core/errors.ts'
import type { Machine } from '../session/command-context.ts'

const fileBytesMax = 16 * 1_048_576

/** The real one. */
export class SystemMachine implements Machine {
  /** Gives the terminal away while a shell has it; returns what takes it back. */
  readonly #lendTerminal: () => () => void

  constructor(lendTerminal: () => () => void) {
    this.#lendTerminal = lendTerminal
  }

  async readFile(path: string): Promise<string> {
    try {
      const { size } = await stat(path)
      if (size > fileBytesMax) throw new Error(`it has more than ${fileBytesMax / 1_048_576} MiB`)
      return await readFile(path, 'utf8')
    } catch (error) {
      throw new FileError(`Cannot read ${path}: ${(error as Error).message}`, { cause: error })
    }
  }

  async writeFile(path: string, text: string): Promise<void> {
    try {
      await writeFile(path, text, { mode: 0o600 })
    } catch (error) {
      throw new FileError(`Cannot write ${path}: ${(error as Error).message}`, { cause: error })
    }
  }

  exists(path: string): Promise<boolean> {
    return stat(path).then(
      () => true,
      () => false,
    )
  }

  async shell(command: string | undefined, signal: AbortSignal): Promise<number> {
    const shell = process.env['SHELL'] ?? '/bin/sh'
    const takeBack = this.#lendTerminal()
    try {
      const child = spawn(shell, command === undefined ? [] : ['-c', command], { stdio: 'inherit' })
      const end = () => child.kill('SIGTERM')
      signal.addEventListener('abort', end, { once: true })
      const [code] = (await once(child, 'close')) as [number | null]
      signal.removeEventListener('abort', end)
      return code ?? 1
    } catch (error) {
      throw new FileError(`Cannot run ${shell}: ${(error as Error).message}`, { cause: error })
    } finally {
      takeBack()
    }
  }
}
