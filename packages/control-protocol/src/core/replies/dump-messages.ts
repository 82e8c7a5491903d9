import type { NodeDump } from '../status/node-dump.ts'
import { lines } from './dump-lines.ts'
import { placeText } from './values.ts'

interface Message {
  readonly id: bigint
  readonly pid: number
  readonly flag: string
}

const ofNode = '0x7 - [Chmpx][Assigned][Activated]'
const ofProgram = '0xb - [Client][Assigned][Activated]'
const noId = (1n << 64n) - 1n

/**
 * CHMPX gives each message queue an id: the upper half of the node's own, and a number. The node has the first ones, its programs
 * the next.
 */
export function dumpedMessages(dump: NodeDump): readonly string[] {
  const { configuration, pid, programPids, self } = dump
  const base = (idOf(self.id) >> 32n) << 32n
  const own = numbersFrom(0, configuration.chmpxQueues)
    .reverse()
    .map((number): Message => ({ id: base + BigInt(number), pid, flag: ofNode }))
  const programs = programPids.map(
    (program, at): Message => ({ id: base + BigInt(configuration.chmpxQueues + at), pid: program, flag: ofProgram }),
  )
  const free = Math.max(0, configuration.queuesMax - own.length - programs.length)
  return [
    ...lines(0, 20, [['base_msgid', String(base)]]),
    ...listOf('chmpx_msg', own),
    ...listOf('activated_msg', programs),
    ...listOf('assigned_msg', []),
    ...lines(0, 20, [
      ['free_msg_count', String(free)],
      ['free_msgs', placeText(free > 0 ? 1 : 0)],
      ['last_msgid_chmpx', idText(own.at(-1)?.id)],
      ['last_msgid_activated', idText(programs.at(-1)?.id)],
      ['last_msgid_assigned', idText(undefined)],
    ]),
  ]
}

function listOf(name: string, messages: readonly Message[]): readonly string[] {
  const head = lines(0, 20, [
    [`${name}_count`, String(messages.length)],
    [`${name}s`, placeText(messages.length === 0 ? 0 : 1)],
  ])
  return messages.length === 0 ? head : [...head, '{', ...messages.flatMap(entryOf(messages.length)), '}']
}

function entryOf(count: number): (message: Message, at: number) => readonly string[] {
  return ({ id, pid, flag }, at) => [
    `  [${at}] = {`,
    ...lines(4, 4, [
      ['prev', placeText(at)],
      ['next', placeText(at + 1 < count ? at + 2 : 0)],
    ]),
    '    msghead{',
    ...lines(6, 6, [
      ['msgid', idText(id)],
      ['pid', String(pid)],
      ['flag', flag],
    ]),
    '    }',
    '  }',
  ]
}

function idText(id: bigint | undefined): string {
  return `0x${(id ?? noId).toString(16)}`
}

function idOf(text: string): bigint {
  return /^0x[0-9a-f]{1,16}$/i.test(text) ? BigInt(text) : 0n
}

/** Never more than a node may have, whatever a configuration says. */
function numbersFrom(start: number, count: number): number[] {
  return Array.from({ length: Math.min(Math.max(0, count), 32_768) }, (_, at) => start + at)
}
