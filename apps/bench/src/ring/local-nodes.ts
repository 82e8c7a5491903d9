import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readSettings, runtimeDirectoryOf } from '@ring/node'
import type { NodeChoice } from '../core/settings.ts'
import type { CountedProcess } from '../process/processor-time.ts'

/**
 * The nodes of a configuration that run on this machine, by the locks in their runtime directories: the chosen node, and
 * the servers that it is configured with. A server of another machine, or one that a file of its own puts elsewhere, is
 * not found.
 */
export async function localNodes(choice: NodeChoice): Promise<readonly CountedProcess[]> {
  const { name, runtimeDirectory, servers, ring, configuration } = await readSettings(choice)
  const { group } = configuration.global
  const others = servers.map((server) => ({
    name: server.name,
    runtimeDirectory: runtimeDirectoryOf(ring, group, server.name),
  }))
  const found = await Promise.all(
    [...others, { name, runtimeDirectory }].map(async (node) => ({
      pid: await holderOf(node.runtimeDirectory),
      what: `node ${node.name}`,
    })),
  )
  const byPid = new Map(found.filter(({ pid }) => pid > 0).map((one) => [one.pid, one]))
  return [...byPid.values()]
}

async function holderOf(directory: string): Promise<number> {
  const pid = Number.parseInt(await readFile(join(directory, 'node.lock'), 'utf8').catch(() => '0'), 10)
  return Number.isSafeInteger(pid) && pid > 0 ? pid : 0
}
