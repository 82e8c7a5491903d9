import type { ControlTarget, LifecycleCommand, LifecycleName } from '../control-target.ts'
import { nodeLabel } from '../status/node-report.ts'
import type { CommandOption } from './command-line.ts'
import type { CommandCall, CommandContext, CommandTable } from './command-table.ts'
import { chmpxOutcome, failure, type Outcome } from './outcome.ts'
import { serverAddress, serversAt, serversNamed } from './server-address.ts'

interface LifecycleForm {
  readonly name: Exclude<LifecycleName, 'SERVICEOUT'>
  readonly aliases?: readonly string[]
  readonly options: readonly CommandOption[]
  /** It is about the server that it is sent to, or CHMPX knows it on servers only. */
  readonly onServersOnly: boolean
  readonly help: string
}

const forms: readonly LifecycleForm[] = [
  {
    name: 'UPDATESTATUS',
    options: ['json'],
    onServersOnly: true,
    help: "Make this node's own report win where others hold a wrong one.",
  },
  {
    name: 'SERVICEIN',
    options: ['json', 'wait', 'plan'],
    onServersOnly: true,
    help: 'Take this server into service; MERGE moves its data, COMPMERGE ends it.',
  },
  {
    name: 'MERGE',
    options: ['json', 'wait', 'plan'],
    onServersOnly: false,
    help: 'Begin to move the data of all pending servers.',
  },
  {
    name: 'COMPMERGE',
    options: ['json', 'wait'],
    onServersOnly: false,
    help: 'Complete a merge once every server is done.',
  },
  {
    name: 'ABORTMERGE',
    options: ['json', 'wait'],
    onServersOnly: false,
    help: 'Give a merge up, and restore what was before.',
  },
  {
    name: 'SUSPENDMERGE',
    aliases: ['SUSPEND'],
    options: ['json'],
    onServersOnly: true,
    help: 'Hold automatic merging back, ring-wide.',
  },
  {
    name: 'NOSUSPENDMERGE',
    aliases: ['NOSUSPEND'],
    options: ['json', 'wait'],
    onServersOnly: true,
    help: 'Lift SUSPENDMERGE, and catch up on what waited.',
  },
]

/** The commands that change the ring. */
export function registerLifecycleCommands(table: CommandTable, target: ControlTarget): void {
  for (const { onServersOnly, ...form } of forms)
    table.register({ ...form, usage: '', argumentsMax: 0, kind: 'change' }, (call, context) =>
      onServersOnly && target.dump().self.mode === 'slave'
        ? chmpxOutcome('on-slave')
        : execute(target, { name: form.name }, call, context),
    )
  table.register(
    {
      name: 'SERVICEOUT',
      usage: 'host:ctlport[:identity]',
      argumentsMax: 1,
      kind: 'change',
      options: ['json', 'wait', 'plan', 'force'],
      help: 'Take any server out of service, also one that is dead. FORCE: also without a quorum.',
    },
    (call, context) => serviceOut(target, call, context),
  )
}

function serviceOut(target: ControlTarget, call: CommandCall, context: CommandContext): Promise<Outcome> | Outcome {
  const [text] = call.arguments
  const address = text === undefined ? undefined : serverAddress(text)
  if (address === undefined) return chmpxOutcome('serviceout-usage')
  const dump = target.dump()
  const [server, other] = serversAt(dump, address)
  if (server === undefined) return chmpxOutcome('no-such-server', [serversNamed(dump)])
  if (other !== undefined) {
    const named = `${nodeLabel(server)} and ${nodeLabel(other)}`
    return failure('ambiguous', `${address.host}:${address.ctlport} fits several servers.`, [
      `Name the one that is meant in full: ${named}.`,
    ])
  }
  return execute(target, { name: 'SERVICEOUT', server }, call, context)
}

function execute(
  target: ControlTarget,
  command: LifecycleCommand,
  { options }: CommandCall,
  { signal }: CommandContext,
): Promise<Outcome> {
  const chosen = { wait: options.has('wait'), force: options.has('force'), plan: options.has('plan') }
  return target.execute(command, chosen, signal)
}
