import { withoutControls } from '../../core/ring/reply.ts'
import { exitCodes } from '../../exit-codes.ts'
import { type CommandContext, type CommandResult, word } from '../command-context.ts'
import { namedOrDefault, repliedBy } from './asked-node.ts'

export async function trace(context: CommandContext): Promise<CommandResult> {
  const isOn = word(context, 'on|off') === 'on'
  return tracing(context, `TRACE ${isOn ? 'enable' : 'disable'}`)
}

export async function traceview(context: CommandContext): Promise<CommandResult> {
  const words = ['DIR=', 'DEV=', 'COUNT'].flatMap((name) => word(context, name) ?? [])
  return tracing(context, ['TRACEVIEW', ...words].join(' '))
}

async function tracing(context: CommandContext, command: string): Promise<CommandResult> {
  const picture = await context.ring.look({
    timeoutMs: context.settings.timeoutMs,
    signal: context.signal,
    noUpdate: true,
  })
  const meant = namedOrDefault(context, picture)
  const text = withoutControls(await repliedBy(context, meant, command)).trim()
  // An empty log is an "ERROR" of CHMPX's, and no failure.
  const isRefused = text.startsWith('ERROR')
    ? !text.includes('no matched trace log')
    : text.startsWith('Unknown command')
  return {
    exitCode: isRefused ? exitCodes.failed : exitCodes.ok,
    document: { node: meant.label, ok: !isRefused, text },
    text: () => `${meant.label}: ${text.includes('\n') ? '\n' : ''}${text}\n`,
  }
}
