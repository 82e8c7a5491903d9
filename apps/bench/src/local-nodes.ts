import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readSettings } from '@ring/node'
import type { NodeChoice } from './core/settings.ts'
import type { CountedProcess } from './processor-time.ts'

/**
 * The nodes of a configuration that run on this machine, by the locks in their runtime directories: the chosen node, and
 * the servers that it is configured with.
 */
export async function localNodes(choice: NodeChoice): Promise<readonly CountedProcess[]> {
  const { configuration, ...own } = await readSettings(choice)
  const others = await Promise.all(
    configuration.servers.map(async ({ ctlPort, cuk }) => {
      const asServer = { configuration: choice.configuration, ctlPort, ...(cuk !== undefined && { cuk }) }
      // A server of another machine is not this node whichever port is named.
      return readSettings(asServer).catch(() => undefined)
    }),
  )
  const nodes = [own, ...others.filter((settings) => settings !== undefined)]
  const found = await Promise.all(
    nodes.map(async ({ name, runtimeDirectory }) => ({ pid: await holderOf(runtimeDirectory), what: `node ${name}` })),
  )
  const byPid = new Map(found.filter(({ pid }) => pid > 0).map((one) => [one.pid, one]))
  return [...byPid.values()]
}

async function holderOf(directory: string): Promise<number> {
  const pid = Number.parseInt(await readFile(join(directory, 'node.lock'), 'utf8').catch(() => '0'), 10)
  return Number.isSafeInteger(pid) && pid > 0 ? pid : 0
}
