import { all, changing, choice, node, noUpdate, required, shown } from './argument-kinds.ts'
import type { CommandDefinition } from './command.ts'

/** What changes the ring. */
export const changingCommands = {
  servicein: {
    aliases: ['svcin', 'sin'],
    arguments: [noUpdate, node('the server that comes in')],
    options: ['plan', ...changing],
    line: 'bring a server into service',
    more: 'The server is to be up, with a program attached. Without AUTOMERGE it waits for merge start and merge complete.',
    sends: 'SERVICEIN to that server',
  },
  serviceout: {
    aliases: ['svcout', 'sout'],
    arguments: [
      noUpdate,
      node('the server that goes; with a TARGET: the node that is told of it'),
      node('the server that goes, which may be dead', 'TARGET'),
    ],
    options: ['force', 'plan', ...changing],
    line: 'take a server out of service, also one that is dead',
    more: 'The server itself is told, and if it does not answer, every other node in turn. Without AUTOMERGE it waits for merge start and merge complete. With --force a Ring without a quorum goes on without the servers that are lost: what they alone hold is given up.',
    sends: 'SERVICEOUT TARGET to a node',
    hurts: 'its keys move to the other servers',
  },
  merge: {
    aliases: [],
    arguments: [
      noUpdate,
      required(
        choice('start|abort|complete', 'what is to become of the merge', {
          start: 'start',
          ...{ abort: 'abort', stop: 'abort' },
          ...{ complete: 'complete', comp: 'complete', finish: 'complete', fin: 'complete' },
        }),
      ),
    ],
    options: ['plan', ...changing],
    line: 'start a merge, complete it, or undo it',
    more: 'start: servers that wait (Pending) fetch their data. complete: when all are Done, the new order of servers holds. abort: all is as it was before.',
    sends: 'MERGE, COMPMERGE or ABORTMERGE to the servers in turn, until one has done it',
    hurts: 'what was fetched so far is given up',
  },
  suspend: {
    aliases: ['sus'],
    arguments: [noUpdate],
    options: changing,
    line: 'hold back automatic merges in the whole ring',
    more: 'Servers that come or go wait until nosuspend, and then cost one merge together.',
    sends: 'SUSPENDMERGE to the servers in turn, until one has done it',
    hurts: 'until nosuspend the keys of a server that dies stay with it, and new servers wait',
  },
  nosuspend: {
    aliases: ['nosus'],
    arguments: [noUpdate],
    options: changing,
    line: 'let automatic merges go on',
    more: 'Ring catches up with what waited. CHMPX does not: bring in or take out what waited by hand.',
    sends: 'NOSUSPENDMERGE to the servers in turn, until one has done it',
  },
  statusupdate: {
    aliases: ['statusup', 'stsup', 'updatestatus', 'upstatus', 'upsts'],
    arguments: [noUpdate, all, node('only this one')],
    options: ['yes', ...shown],
    line: 'let servers report themselves anew, which corrects what others hold of them',
    more: 'The cure where check finds nodes that disagree about a server.',
    sends: 'UPDATESTATUS to all servers, or to one',
  },
} as const satisfies Readonly<Record<string, CommandDefinition>>
