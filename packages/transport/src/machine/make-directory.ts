import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a directory and those on the way to it, one after the other. Node's own recursive way never ends on file systems
 * that refuse a new directory as if its parent were missing.
 *
 * @param mode of those that are made; what is there keeps its own
 * @throws the file system's own error
 */
export async function makeDirectory(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    const parent = dirname(path)
    if (code !== 'ENOENT' || parent === path || (await isThere(parent))) throw error
    await makeDirectory(parent, mode)
    // Somebody else may have made it meanwhile.
    await makeDirectory(path, mode)
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
