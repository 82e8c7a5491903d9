import { all, choice, node, noUpdate, onOff, required, shown } from './argument-kinds.ts'
import type { CommandDefinition } from './command.ts'

/** What shows the ring, and changes nothing in it. */
export const lookingCommands = {
  nodes: {
    aliases: ['node', 'n'],
    arguments: [noUpdate, choice('server|slave', 'only these', { server: 'server', slave: 'slave' })],
    options: shown,
    line: 'the nodes of the ring, found from those that are known',
    more: 'Every known node is asked for its view, all at once, and then whoever is found in the answers. A node that does not answer is listed with the reason. A server that a CHMPX node also lists among its slaves is listed as what it is.',
    sends: 'DUMP to all nodes',
  },
  update: {
    aliases: ['up', 'u'],
    arguments: [],
    options: shown,
    line: 'ask all nodes anew',
    more: 'The answers are kept; commands with noupdate use them.',
    sends: 'DUMP to all nodes',
  },
  status: {
    aliases: [],
    arguments: [
      noUpdate,
      choice('self|all', 'self: all that a node tells of itself; all: the ring as that node sees it', {
        self: 'self',
        all: 'all',
      }),
      node('whom to ask'),
    ],
    options: shown,
    line: 'the state of the ring as a table, or of one node',
    more: 'Without a node every node is asked, and each is shown as it says itself; a node that does not answer is shown as the others see it. With a node: the ring as that node sees it, or with self, what it says of itself.',
    sends: 'DUMP to all nodes; with a node SELFSTATUS or DUMP to that one',
  },
  check: {
    aliases: [],
    arguments: [noUpdate, all, node('only what is said of this node, and by whom')],
    options: shown,
    line: 'compare what all nodes say, and tell what is wrong and what mends it',
    more: 'Exit code 1 when something is wrong (ERR); warnings (WARN) leave it 0. A node that is down is never OK, even where all agree that it is. Each finding names who disagrees with whom, and the command that mends it.',
    sends: 'DUMP to all nodes',
  },
  version: {
    aliases: ['ver', 'v'],
    arguments: [noUpdate, node('only this one')],
    options: shown,
    line: 'the version of every node',
    more: 'CHMPX nodes are shown as they say it.',
    sends: 'VERSION to all nodes, or to one',
  },
  dump: {
    aliases: [],
    arguments: [noUpdate, node('whom to ask')],
    options: shown,
    line: 'all that a node says of itself and of the ring',
    more: 'As the node writes it. Without a node, the one that is connected to.',
    sends: 'DUMP to one node',
  },
  trace: {
    aliases: [],
    arguments: [required(choice('on|off', 'whether a node notes its frames', onOff)), node('whom to tell')],
    options: shown,
    line: 'let a node note the frames that it sends and takes, or no longer',
    more: 'What it notes is shown by traceview.',
    sends: 'TRACE enable or TRACE disable to one node',
  },
  traceview: {
    aliases: [],
    arguments: [
      choice('DIR=', 'DIR=IN, DIR=OUT or DIR=ALL', { 'dir=in': 'DIR=IN', 'dir=out': 'DIR=OUT', 'dir=all': 'DIR=ALL' }),
      choice('DEV=', 'DEV=SOCK, DEV=MQ or DEV=ALL', {
        'dev=sock': 'DEV=SOCK',
        'dev=mq': 'DEV=MQ',
        'dev=all': 'DEV=ALL',
      }),
      { name: 'COUNT', takes: { kind: 'count' }, doc: 'how many frames' },
      node('whom to ask'),
    ],
    options: shown,
    line: 'the frames that a node has noted',
    more: 'A Ring node shows the newest COUNT of them; a CHMPX node the oldest.',
    sends: 'TRACEVIEW to one node',
  },
} as const satisfies Readonly<Record<string, CommandDefinition>>
