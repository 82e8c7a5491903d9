import { randomBytes } from 'node:crypto'
import { chown, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { NodeSetupError } from '../errors.ts'
import { readKeyFile } from './key-file.ts'

const head = [
  '# The group keys of a ring: the first one signs, all are accepted.',
  '# Edit it with: ring-node key add | use | remove. Every node needs the same file.',
]

/** 256 bits, as text. */
export const freshKey = () => randomBytes(32).toString('hex')

/**
 * A new key file of mode 0600 with one fresh key. One that is there already stays.
 *
 * @throws NodeSetupError
 */
export async function createKeyFile(path: string): Promise<readonly string[]> {
  const keys = [freshKey()]
  try {
    await writeWhole(path, textOf(keys))
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST'
    throw new NodeSetupError(
      isThere
        ? `${path} is there already, and its keys may be in use. Name another file, or add a key: ring-node key add --file ${path}`
        : `Could not write ${path}: ${(error as Error).message}.`,
      { cause: error },
    )
  }
  return keys
}

/**
 * Changes the keys of a file in one step: who reads it meanwhile gets the old file or the new one.
 *
 * @throws NodeSetupError of the reading, or of `change`
 */
export async function editKeyFile(
  path: string,
  change: (keys: readonly string[]) => readonly string[],
): Promise<readonly string[]> {
  const keys = change(await readKeyFile(path))
  // Behind a symbolic link it is the file that changes.
  const target = await realpath(path)
  const fresh = `${target}.${process.pid}.new`
  try {
    const { uid, gid } = await stat(target)
    await writeWhole(fresh, textOf(keys))
    // Whoever runs the node has to be able to read what root has edited.
    if (process.getuid?.() === 0) await chown(fresh, uid, gid)
    await rename(fresh, target)
    await syncDirectory(dirname(target))
  } catch (error) {
    await rm(fresh, { force: true })
    throw new NodeSetupError(`Could not write ${path}: ${(error as Error).message}. Nothing has changed.`, {
      cause: error,
    })
  }
  return keys
}

function textOf(keys: readonly string[]): string {
  return `${[...head, ...keys].join('\n')}\n`
}

/** Never over something that is there. */
async function writeWhole(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
