import type { IdType } from '@ring/control-protocol'
import { type Change, hasHappened } from '../../core/changes/happened.ts'
import { spelled } from '../../core/changes/spelling.ts'
import type { CommandDefinition } from '../../core/commands/command.ts'
import { type CommandName, commands } from '../../core/commands/command-table.ts'
import { NotConfirmedError, OverdueError, UsageError } from '../../core/errors.ts'
import { serverNamed } from '../../core/ring/find-node.ts'
import { Accounts, dumpOf, isRingNode, type PictureNode, type RingPicture, serversOf } from '../../core/ring/picture.ts'
import { exitCodes } from '../../exit-codes.ts'
import { askOptions, type CommandContext, type CommandResult, lookOptions, word } from '../command-context.ts'
import type { AskOptions } from '../control-port.ts'
import { pause } from '../pause.ts'
import { defaultNode } from './asked-node.ts'
import { type Attempt, inTurn, type Told, tellInTurn, withWords } from './telling.ts'

const waitDefaultMs = 60_000
const lookEveryMs = 250
/** A node that waits answers at the end of its time: a little after that, nothing comes any more. */
const waitGraceMs = 2_000

export async function servicein(context: CommandContext): Promise<CommandResult> {
  const picture = await context.ring.look(lookOptions(context))
  const server = serverNamed(picture, word(context, 'NODE') ?? defaultNode(context, picture).label)
  onlyRing(context, [server], 'plan')
  const told = await tell(context, [server], withWords('SERVICEIN', wordsFor(context)))
  return changed(context, { kind: 'servicein', server: server.label }, `SERVICEIN of ${server.label}`, told)
}

export async function serviceout(context: CommandContext): Promise<CommandResult> {
  const picture = await context.ring.look(lookOptions(context))
  const [first, second] = [word(context, 'NODE'), word(context, 'TARGET')]
  const server = serverNamed(picture, second ?? first ?? defaultNode(context, picture).label)
  const teller = second === undefined ? server : serverOrSlave(picture, first!)
  const others = inTurn(picture.nodes.filter((node) => node !== teller && node !== server))
  // One that is known to be silent would only cost its time.
  const nodes = [teller, ...others].filter((node) => dumpOf(node) !== undefined)
  onlyRing(context, nodes, 'plan', 'force')
  await confirmed(context, 'serviceout', `Take ${server.label} out of service?`)
  const words = [...wordsFor(context), ...(context.options.has('force') ? ['FORCE'] : [])]
  const told = await tell(context, nodes, (node) =>
    withWords(`SERVICEOUT ${named(context, server, node, picture)}`, words)(node),
  )
  return changed(context, { kind: 'serviceout', server: server.label }, `SERVICEOUT of ${server.label}`, told)
}

function serverOrSlave(picture: RingPicture, name: string): PictureNode {
  return picture.nodes.find((node) => node.label === name || node.host === name) ?? serverNamed(picture, name)
}

const idTypes: Readonly<Record<NonNullable<CommandContext['settings']['idType']>, IdType>> = {
  ...{ name: 'name', cuk: 'cuk', endpoint: 'control endpoints', seed: 'custom' },
}

/** The server as the ring of this node spells it. */
function named({ settings }: CommandContext, server: PictureNode, teller: PictureNode, picture: RingPicture): string {
  const report = new Accounts(picture).best(server)
  if (report === undefined) return server.label
  const own = dumpOf(teller)?.configuration.idType
  return spelled(report, settings.idType === undefined ? (own ?? 'name') : idTypes[settings.idType])
}

const merges = { start: 'MERGE', abort: 'ABORTMERGE', complete: 'COMPMERGE' } as const

export async function merge(context: CommandContext): Promise<CommandResult> {
  const what = word(context, 'start|abort|complete') as keyof typeof merges
  if (what !== 'start' && context.options.has('plan'))
    throw new UsageError('--plan belongs to merge start: it tells what would move.')
  if (what === 'abort') await confirmed(context, 'merge', 'Undo the merge?')
  return ringWide(context, merges[what], { kind: 'merge', what })
}

export async function suspend(context: CommandContext): Promise<CommandResult> {
  await confirmed(context, 'suspend', 'Suspend merging in the whole ring?')
  return ringWide(context, 'SUSPENDMERGE', { kind: 'suspend' })
}

export const nosuspend = (context: CommandContext): Promise<CommandResult> =>
  ringWide(context, 'NOSUSPENDMERGE', { kind: 'nosuspend' })

async function ringWide(context: CommandContext, command: string, change: Change): Promise<CommandResult> {
  const picture = await context.ring.look(lookOptions(context))
  const nodes = inTurn(serversOf(picture)).filter((node) => dumpOf(node) !== undefined)
  onlyRing(context, nodes, 'plan')
  const words = command === 'SUSPENDMERGE' ? [] : wordsFor(context)
  const told = await tell(context, nodes, withWords(command, words))
  return changed(context, change, command, told)
}

export async function statusupdate(context: CommandContext): Promise<CommandResult> {
  const picture = await context.ring.look(lookOptions(context))
  const name = word(context, 'NODE')
  const nodes = name === undefined ? inTurn(serversOf(picture)) : [serverNamed(picture, name)]
  const tells = await Promise.all(
    nodes.map((node) =>
      tellInTurn(context.ring, [node], withWords('UPDATESTATUS', []), { ...askOptions(context), stopInDoubt: false }),
    ),
  )
  const attempts = tells.flatMap((told) => told.attempts)
  const isDone = attempts.length > 0 && attempts.every(({ result }) => result === 'done')
  return {
    exitCode: isDone ? exitCodes.ok : exitCodes.failed,
    document: { ok: isDone, attempts },
    text: () => attempts.map(({ node, text }) => `UPDATESTATUS of ${node}: ${text}\n`).join(''),
  }
}

/** What Ring is asked for beside the command. */
function wordsFor({ options }: CommandContext): readonly string[] {
  return [...(options.has('plan') ? ['PLAN'] : []), ...(options.has('wait') ? ['WAIT'] : [])]
}

/** @throws UsageError where what is wanted is more than a CHMPX node can do */
function onlyRing(
  { options }: CommandContext,
  nodes: readonly PictureNode[],
  ...wanted: readonly ('plan' | 'force')[]
): void {
  const option = wanted.find((key) => options.has(key))
  const foreign = nodes.find((node) => dumpOf(node) !== undefined && !isRingNode(node))
  if (option === undefined || foreign === undefined) return
  throw new UsageError(`--${option} is Ring's: ${foreign.label} is a CHMPX node. Nothing was told to any node.`)
}

/** @throws NotConfirmedError */
async function confirmed(context: CommandContext, command: CommandName, question: string): Promise<void> {
  const { desk, options, signal } = context
  if (!desk.isInteractive || options.has('yes') || options.has('plan')) return
  const { hurts }: CommandDefinition = commands[command]
  const isForced = options.has('force')
  const risk = isForced ? 'what the lost servers alone hold is given up for good' : (hurts ?? '')
  if (!(await desk.confirm(`${question} (${risk})`, signal))) throw new NotConfirmedError('Nothing was done.')
}

function tell(
  context: CommandContext,
  nodes: readonly PictureNode[],
  commandFor: (node: PictureNode) => string,
): Promise<Told> {
  const { timeoutMs, signal } = askOptions(context)
  const ms = context.options.has('wait') ? waitMs(context) + waitGraceMs : timeoutMs
  const stopInDoubt = context.options.has('wait') && nodes.some(isRingNode)
  const options = { timeoutMs: ms, signal, stopInDoubt }
  return whileWaiting(context, stopInDoubt, () => tellInTurn(context.ring, nodes, commandFor, options))
}

async function whileWaiting<Result>(
  { desk, invocation }: CommandContext,
  isShown: boolean,
  work: () => Promise<Result>,
): Promise<Result> {
  const waiting = isShown ? desk.waiting(`${invocation.command}: waiting until it has happened`) : undefined
  try {
    return await work()
  } finally {
    waiting?.end()
  }
}

const waitMs = ({ options }: CommandContext): number => options.number('waitTime') ?? waitDefaultMs

/** Reports what was told; against CHMPX it also waits, where that is wanted. */
async function changed(
  context: CommandContext,
  change: Change,
  what: string,
  { attempts, last }: Told,
): Promise<CommandResult> {
  const isDone = last?.result === 'done'
  const doubtful = attempts.at(-1)
  if (context.options.has('wait') && last === undefined && doubtful?.mayHaveHappened === true)
    throw overdue(context, what)
  const teller = context.ring.known?.nodes.find(({ label }) => label === last?.node)
  const isOnlySent = isDone && teller !== undefined && !isRingNode(teller)
  const waits = isOnlySent && context.options.has('wait')
  if (waits) await untilHappened(context, change, what)
  const note = waits
    ? '; it has happened'
    : isOnlySent
      ? ' (a CHMPX node says that it was sent; --wait tells when it has happened)'
      : ''
  return {
    exitCode: isDone ? exitCodes.ok : last === undefined ? exitCodes.unavailable : exitCodes.failed,
    document: {
      ...{ ok: isDone, ...change, told: last?.node ?? null, code: last?.code ?? null, text: last?.text ?? null },
      ...{ waited: context.options.has('wait'), attempts },
    },
    text: () => {
      const shown = context.options.has('plan') ? `${what}, only planned` : what
      return [...attempts.filter((attempt) => attempt !== last).map(passedByLine), endLines(shown, last, note)].join('')
    },
  }
}

function passedByLine({ node, text, mayHaveHappened }: Attempt): string {
  return `${node} was passed by: ${text}${mayHaveHappened ? ' (it may have done it)' : ''}\n`
}

function endLines(what: string, last: Attempt | undefined, note: string): string {
  if (last === undefined) return `${what}: no node would do it.\n`
  return [`${what}: ${last.node} says ${last.text}${note}`, ...last.details.map((line) => `  ${line}`), ''].join('\n')
}

function overdue(context: CommandContext, what: string): OverdueError {
  const seconds = waitMs(context) / 1_000
  return new OverdueError(
    `${what} was told, and has not happened in ${seconds} s. Look with check; --wait-time waits longer.`,
  )
}

/** @throws OverdueError */
async function untilHappened(context: CommandContext, change: Change, what: string): Promise<void> {
  const { ring, clock, signal } = context
  const ask: AskOptions = askOptions(context)
  const endMs = clock.monotonicMs() + waitMs(context)
  await whileWaiting(context, true, async () => {
    while (!hasHappened(change, await ring.look(ask))) {
      if (clock.monotonicMs() >= endMs) {
        throw overdue(context, what)
      }
      await pause(clock, lookEveryMs, signal)
    }
  })
}
