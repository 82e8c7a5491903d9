import type { CommandName } from '../../core/commands/command-table.ts'
import type { CommandHandler } from '../command-context.ts'
import { loop, loopcmd, sleep, top, watch } from './again.ts'
import { merge, nosuspend, servicein, serviceout, statusupdate, suspend } from './changing.ts'
import { check, dump, nodes, status, update, version } from './looking.ts'
import { dbglevel, dchmpx, echo, help, history, load, quit, save, shell } from './session-commands.ts'
import { trace, traceview } from './tracing.ts'

/** What each command of the table does. */
export const handlers: Readonly<Record<CommandName, CommandHandler>> = {
  ...{ nodes, update, status, check, version, dump, trace, traceview },
  ...{ servicein, serviceout, merge, suspend, nosuspend, statusupdate },
  ...{ watch, top, loop, loopcmd, sleep },
  ...{ history, save, load, shell, echo, dbglevel, dchmpx, help, quit },
}
