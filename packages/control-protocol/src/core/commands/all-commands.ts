import type { ControlTarget } from '../control-target.ts'
import type { TraceLog } from '../trace-log.ts'
import { CommandTable } from './command-table.ts'
import { registerHelpCommand } from './help-command.ts'
import { registerLifecycleCommands } from './lifecycle-commands.ts'
import { registerStatusCommands } from './status-commands.ts'
import { registerTraceCommands } from './trace-commands.ts'

/** The commands that every node has; parts register theirs beside them. */
export function allCommands(target: ControlTarget, trace: TraceLog): CommandTable {
  const table = new CommandTable()
  registerStatusCommands(table, target)
  registerLifecycleCommands(table, target)
  registerTraceCommands(table, trace)
  registerHelpCommand(table)
  return table
}
