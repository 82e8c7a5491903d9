import { type FileHandle, open } from 'node:fs/promises'
import { longestText } from './core/assembly.ts'

/** A file that cannot be used; the message is the rule that it breaks. */
export class UnreadableError extends Error {}

/**
 * The text of a file.
 *
 * @throws UnreadableError
 */
export async function readText(path: string): Promise<string> {
  let bytes: Uint8Array
  try {
    const handle = await open(path, 'r')
    try {
      bytes = await readBounded(handle)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    const rule = `cannot be read (${codeOf(cause)}); give the path of a file that this user may read`
    throw new UnreadableError(rule, { cause })
  }
  if (bytes.length > longestText) throw new UnreadableError(`must be at most ${longestText} bytes`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new UnreadableError('must be UTF-8 text', { cause })
  }
}

/** At most one byte more than is allowed: the size that a file reports says nothing about devices and pipes. */
async function readBounded(handle: FileHandle): Promise<Uint8Array> {
  const { size } = await handle.stat()
  let buffer = Buffer.alloc(Math.min(Math.max(size, 4095), longestText) + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null)
    length += bytesRead
    if (bytesRead === 0 || length > longestText) return buffer.subarray(0, length)
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(buffer.length * 2, longestText + 1))
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}
