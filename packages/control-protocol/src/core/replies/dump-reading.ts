import type { NodeDump } from '../status/node-dump.ts'
import type { NodeReport } from '../status/node-report.ts'
import { configurationFrom } from './dump-configuration.ts'
import { nodeFrom } from './dump-nodes.ts'
import { ReplyFormatError } from './reply-format-error.ts'
import { readBlocks, type TextBlock, valueIn } from './text-blocks.ts'
import { trafficFrom } from './traffic-lines.ts'
import { countOfText } from './values.ts'

/**
 * A node's DUMP, a CHMPX node's as well, as what it tells.
 *
 * @throws ReplyFormatError
 */
export function readDump(text: string): NodeDump {
  const root = readBlocks(text)
  const managed = blockIn(root, 'chmpx_man')
  const traffic = (key: string) => trafficFrom((managed.blocks.get(key)?.entries ?? []).map(([, value]) => value))
  return {
    group: valueIn(managed, 'group'),
    self: nodeFrom(blockIn(managed, 'chmpx_self')),
    servers: nodesIn(managed, 'chmpx_servers'),
    slaves: nodesIn(managed, 'chmpx_slaves'),
    isOperating: valueIn(managed, 'is_operating') === 'yes',
    isSuspended: valueIn(root, 'suspend automerge') === 'yes',
    configuration: configurationFrom(root, managed),
    traffic: { servers: traffic('server_stat'), slaves: traffic('slave_stat') },
    pid: countOfText(valueIn(root, 'pid')),
    startedAt: countOfText(valueIn(root, 'start_time')),
    programPids: (root.blocks.get('client_pids')?.items ?? []).map((item) => countOfText(valueIn(item, 'pid'))),
    controlConnections: 0,
  }
}

function nodesIn(managed: TextBlock, key: string): readonly NodeReport[] {
  return (managed.blocks.get(key)?.items ?? []).map((item) => nodeFrom(blockIn(item, 'chmpx')))
}

function blockIn(block: TextBlock, key: string): TextBlock {
  const found = block.blocks.get(key)
  if (found === undefined) throw new ReplyFormatError('DUMP', `it has no ${key}`)
  return found
}
