import type { ControlTarget } from '../control-target.ts'
import { allStatusOf, allStatusText } from '../replies/all-status.ts'
import { dumpFields } from '../replies/dump-fields.ts'
import { dumpText } from '../replies/dump-text.ts'
import { harmless } from '../replies/harmless.ts'
import { selfStatusOf, selfStatusText } from '../replies/self-status.ts'
import { slavesAlone } from '../status/node-dump.ts'
import type { CommandForm, CommandTable } from './command-table.ts'

const reading = { usage: '', argumentsMax: 0, kind: 'read', options: ['json'] } as const satisfies Partial<CommandForm>

/** VERSION, SELFSTATUS, ALLSTATUS and DUMP. */
export function registerStatusCommands(table: CommandTable, target: ControlTarget): void {
  table.register({ ...reading, name: 'VERSION', help: 'Show the version of this node.' }, () => ({
    text: () => `Version ${harmless(target.version)}\n`,
    json: () => ({ version: target.version }),
  }))
  const dumpNow = (connections: number) => dumpFields({ ...target.dump(), controlConnections: connections })
  table.register({ ...reading, name: 'SELFSTATUS', help: 'Show the state of this node.' }, (_call, { connections }) => {
    const dump = dumpNow(connections)
    const { group, self, isOperating, isSuspended, controlConnections, traffic, ring } = dump
    return {
      text: () => selfStatusText(selfStatusOf(dump)),
      json: () => ({ group, self, isOperating, isSuspended, controlConnections, traffic, ring }),
    }
  })
  const allForm = { ...reading, name: 'ALLSTATUS', help: 'Show the state of all servers, then of all slaves.' }
  table.register(allForm, (_call, { connections }) => {
    const dump = dumpNow(connections)
    const { group, servers, isOperating, isSuspended } = dump
    return {
      text: () => allStatusText(allStatusOf(dump)),
      json: () => ({ group, servers, slaves: slavesAlone(dump), isOperating, isSuspended }),
    }
  })
  const dumpForm = { ...reading, name: 'DUMP', help: 'Show all that this node knows; never a key, nor where one lies.' }
  table.register(dumpForm, (_call, { connections }) => {
    const dump = dumpNow(connections)
    return { text: () => dumpText(dump), json: () => ({ dump }) }
  })
}
