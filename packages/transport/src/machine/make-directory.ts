import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a directory and those on the way to it, one after the other, whoever else does so at the same time. Node's own recursive
 * way never ends on file systems that refuse a new directory as if its parent were missing.
 *
 * @param mode of those that are made; what is there keeps its own
 * @throws the file system's own error
 */
export async function makeDirectory(path: string, mode: number): Promise<void> {
  const missing = await tryToMake(path, mode)
  if (missing === undefined) return
  const parent = dirname(path)
  if (parent === path) throw missing
  await makeDirectory(parent, mode)
  // Now that its parent is there, a refusal is one.
  const refusal = await tryToMake(path, mode)
  if (refusal !== undefined) throw refusal
}

/** @returns the error that says that something on the way is missing; `undefined` when the directory is there */
async function tryToMake(path: string, mode: number): Promise<Error | undefined> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return error as Error
    if (code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error
  }
  return undefined
}
