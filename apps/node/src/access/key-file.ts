import { open } from 'node:fs/promises'
import { NodeSetupError } from '../errors.ts'

const largestBytes = 64 * 1024
const shortestKey = 16

/** The keys of a text: one a line, `#` begins a comment line. */
export function keysOf(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/**
 * Reads the keys of a GROUPKEYFILE.
 *
 * @throws NodeSetupError when it cannot be read, when others may read it, or when there is no key in it
 */
export async function readKeyFile(path: string): Promise<readonly string[]> {
  const { text, mode, uid } = await readBounded(path)
  if (othersMayRead({ mode, uid }, process.getuid?.())) {
    throw new NodeSetupError(`Others may read the key file ${path}. Make it your own: chmod 600 ${path}`)
  }
  const keys = keysOf(text)
  if (keys.length === 0) {
    throw new NodeSetupError(`${path} holds no key. Make one with: ring-node key new --file ${path}.new`)
  }
  return keys
}

/**
 * A key file is its owner's alone. One that root gives to the group of a process that is not root is as private as it can be
 * (a mounted secret of Kubernetes): the process could not read it otherwise.
 */
export function othersMayRead(
  file: { readonly mode: number; readonly uid: number },
  self: number | undefined,
): boolean {
  const isGiven = file.uid === 0 && self !== undefined && self !== 0
  return (file.mode & (isGiven ? 0o037 : 0o077)) !== 0
}

/** @throws NodeSetupError for a key that could be guessed; it is not shown */
export function keyBytes(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length < shortestKey) {
    throw new NodeSetupError(
      `A group key has at least ${shortestKey} characters. Make one with: ring-node key new --file ring.key`,
    )
  }
  return bytes
}

/** Mode and content of one open file, so that nobody can put another in its place between the two. */
async function readBounded(path: string): Promise<{ text: string; mode: number; uid: number }> {
  try {
    const handle = await open(path, 'r')
    try {
      const { mode, uid } = await handle.stat()
      const buffer = Buffer.alloc(largestBytes + 1)
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
      if (bytesRead > largestBytes) throw new Error(`it is longer than ${largestBytes} bytes`)
      return { text: buffer.toString('utf8', 0, bytesRead), mode, uid }
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw new NodeSetupError(
      `Could not read the key file ${path}: ${(error as Error).message}. Check GROUPKEYFILE in [RING].`,
      { cause: error },
    )
  }
}
