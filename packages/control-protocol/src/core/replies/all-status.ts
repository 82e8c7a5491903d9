import type { NodeDump } from '../status/node-dump.ts'
import { slavesAlone } from '../status/node-dump.ts'
import { harmless } from './harmless.ts'
import {
  addressesFrom,
  addressLines,
  hashesFrom,
  hashLines,
  type Line,
  type ListedNode,
  listedNode,
  stateFrom,
  stateLines,
  tlsFrom,
  tlsLines,
} from './node-values.ts'
import { ReplyFormatError } from './reply-format-error.ts'
import { countOfText, keyAndValue, optional, portOfText, portText } from './values.ts'

/** What ALLSTATUS tells: the servers in ring order, then the slaves. (A CHMPX node tells of no slaves here.) */
export interface AllStatus {
  readonly group: string
  readonly nodes: readonly ListedNode[]
}

export function allStatusOf(dump: NodeDump): AllStatus {
  return { group: dump.group, nodes: [...dump.servers, ...slavesAlone(dump)].map(listedNode) }
}

export function allStatusText({ group, nodes }: AllStatus): string {
  const blocks = nodes.map((node, at) => `No.${at + 1}\n${nodeText(node)}`)
  return `RING Name              = ${harmless(group)}\n${blocks.join('')}`
}

function nodeText(node: ListedNode): string {
  const lines: readonly Line[] = [
    ['Port', portText(node.port)],
    ['Control Port', String(node.ctlport)],
    ['CUK', harmless(node.cuk)],
    ['Custom ID Seed', harmless(node.customSeed)],
    ...addressLines(node),
    ...tlsLines('Use SSL', node),
    ...stateLines(node),
    ...hashLines(node),
  ]
  const name = `  Server Name          = ${harmless(node.name)}\n`
  return name + lines.map(([key, value]) => `    ${key.padEnd(18)} = ${value}\n`).join('')
}

/** @throws ReplyFormatError */
export function readAllStatus(text: string): AllStatus {
  const [head = '', ...blocks] = text.split(/^No\.\d+\r?\n/m)
  const group = /^RING Name +=(?: (.*))?$/m.exec(head)?.[1]
  if (group === undefined) throw new ReplyFormatError('ALLSTATUS', 'it names no ring')
  return { group, nodes: blocks.map(nodeFrom) }
}

function nodeFrom(text: string): ListedNode {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const entry = keyAndValue(line)
    if (entry !== undefined && !values.has(entry[0])) values.set(...entry)
  }
  const value = (key: string) => values.get(key) ?? ''
  return {
    name: value('Server Name'),
    ...optional('port', portOfText(value('Port'))),
    ctlport: countOfText(value('Control Port')),
    cuk: value('CUK'),
    customSeed: value('Custom ID Seed'),
    ...addressesFrom(value),
    ...tlsFrom('Use SSL', value),
    ...stateFrom('ALLSTATUS', value),
    ...hashesFrom(value),
  }
}
