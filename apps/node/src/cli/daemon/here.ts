import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectory } from '@ring/transport'
import type { RingNode } from '../../node.ts'
import { controlFileName } from '../../operator/control/control-port.ts'
import { defaultRuntimeDirectory } from '../../setup/node-settings.ts'

/**
 * Says where operators look for nodes of this machine that one runs here, where its runtime directory is another one: so that a
 * linetool without arguments finds it. Best effort: a node does its work without it.
 *
 * @returns takes it back
 */
export async function sayHere(node: RingNode): Promise<() => Promise<void>> {
  const { configuration, runtimeDirectory } = node.settings
  const usual = defaultRuntimeDirectory(configuration.global.group, node.name)
  if (usual === runtimeDirectory) return () => Promise.resolve()
  const file = join(usual, controlFileName)
  try {
    await makeDirectory(usual, 0o700)
    const { uid, mode } = await stat(usual)
    // A directory of somebody else says nothing of this user's nodes.
    if (uid !== (process.getuid?.() ?? uid) || (mode & 0o077) !== 0) return () => Promise.resolve()
    await writeFile(file, `${JSON.stringify(node.controlAddress)}\n`, { mode: 0o600 })
  } catch {
    return () => Promise.resolve()
  }
  return () => rm(usual, { recursive: true, force: true })
}
