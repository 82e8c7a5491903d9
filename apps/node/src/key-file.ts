import { open } from 'node:fs/promises'
import { NodeSetupError } from './errors.ts'

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
  const { text, mode } = await readBounded(path)
  if ((mode & 0o077) !== 0) {
    throw new NodeSetupError(`Others may read the key file ${path}. Make it your own: chmod 600 ${path}`)
  }
  const keys = keysOf(text)
  if (keys.length === 0) {
    throw new NodeSetupError(`${path} holds no key. Make one with: ring-node key new --file ${path}.new`)
  }
  return keys
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
async function readBounded(path: string): Promise<{ text: string; mode: number }> {
  try {
    const handle = await open(path, 'r')
    try {
      const { mode } = await handle.stat()
      const buffer = Buffer.alloc(largestBytes + 1)
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
      if (bytesRead > largestBytes) throw new Error(`it is longer than ${largestBytes} bytes`)
      return { text: buffer.toString('utf8', 0, bytesRead), mode }
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
