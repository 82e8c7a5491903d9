import { checkRing } from '../../core/check/check.ts'
import { checkedNodeText, checkJson, checkText } from '../../core/render/check-text.ts'
import { nodeJson, reportJson } from '../../core/render/node-json.ts'
import { counted, nodesText, seenText, statusText } from '../../core/render/ring-text.ts'
import { type MeantNode, meantNode, nodeNamed } from '../../core/ring/find-node.ts'
import { Accounts, dumpOf, type PictureNode, type RingPicture } from '../../core/ring/picture.ts'
import { withoutControls } from '../../core/ring/reply.ts'
import { exitCodes } from '../../exit-codes.ts'
import { askOptions, type CommandContext, type CommandResult, lookOptions, word } from '../command-context.ts'
import { dumpAnswer } from '../ring-access.ts'
import { defaultNode, repliedBy } from './asked-node.ts'

export async function nodes(context: CommandContext): Promise<CommandResult> {
  const picture = await context.ring.look(lookOptions(context))
  const role = word(context, 'server|slave')
  const shown = picture.nodes.filter((node) => role === undefined || node.role === role)
  return {
    exitCode: exitCodes.ok,
    document: { group: picture.group, nodes: nodesJson(shown, picture) },
    text: (view) => nodesText(shown, picture, view),
  }
}

function nodesJson(shown: readonly PictureNode[], picture: RingPicture): readonly object[] {
  const accounts = new Accounts(picture)
  return shown.map((node) => nodeJson(node, accounts))
}

export async function update(context: CommandContext): Promise<CommandResult> {
  const picture = await context.ring.look(lookOptions(context))
  const answers = picture.nodes.filter((node) => dumpOf(node) !== undefined).length
  return {
    exitCode: exitCodes.ok,
    document: { group: picture.group, nodes: picture.nodes.length, answers },
    text: () => `${counted(picture.nodes.length, 'node')}, ${answers} of them answered.\n`,
  }
}

export async function status(context: CommandContext): Promise<CommandResult> {
  const [how, name] = [word(context, 'self|all'), word(context, 'NODE')]
  if (how === undefined && name === undefined) return ringStatus(context)
  const picture = await context.ring.look(lookOptions(context))
  const meant = name === undefined ? defaultNode(context, picture) : meantNode(picture, name)
  return how === 'self' ? ownStatus(context, meant) : seenStatus(context, meant)
}

async function ringStatus(context: CommandContext): Promise<CommandResult> {
  const picture = await context.ring.look(lookOptions(context))
  return {
    exitCode: exitCodes.ok,
    document: { group: picture.group, nodes: nodesJson(picture.nodes, picture), ring: ringJson(picture) },
    text: (view) => statusText(picture, view),
  }
}

/** What Ring's nodes tell of the ring beside their states, by node. */
function ringJson(picture: RingPicture): object {
  return Object.fromEntries(
    picture.nodes.flatMap((node) => {
      const dump = dumpOf(node)
      if (dump === undefined) return []
      return [[node.label, { isSuspended: dump.isSuspended, isOperating: dump.isOperating, ...dump.ring }]]
    }),
  )
}

/** SELFSTATUS, as the node writes it. */
async function ownStatus(context: CommandContext, meant: MeantNode): Promise<CommandResult> {
  const text = await repliedBy(context, meant, 'SELFSTATUS')
  const dump = meant.node && dumpOf(meant.node)
  return {
    exitCode: exitCodes.ok,
    document: { node: meant.label, ...(dump !== undefined && { self: reportJson(dump.self) }), text },
    text: () => `${meant.label}\n${indented(text)}`,
  }
}

async function seenStatus(context: CommandContext, meant: MeantNode): Promise<CommandResult> {
  const known = meant.node && dumpOf(meant.node)
  const answer = known === undefined ? dumpAnswer(await repliedBy(context, meant, 'DUMP JSON')) : undefined
  const dump = known ?? (answer?.kind === 'dump' ? answer.dump : undefined)
  if (dump === undefined) {
    const why = answer?.kind === 'silent' ? answer.why : ''
    return {
      exitCode: exitCodes.failed,
      document: { node: meant.label, error: why },
      text: () => `${meant.label}: ${why}\n`,
    }
  }
  return {
    exitCode: exitCodes.ok,
    document: { node: meant.label, group: dump.group, nodes: [...dump.servers, ...dump.slaves].map(reportJson) },
    text: (view) => seenText(meant.label, dump, view),
  }
}

const indented = (text: string): string => `${text.trimEnd().replaceAll(/^/gm, '  ')}\n`

export async function check(context: CommandContext): Promise<CommandResult> {
  const picture = await context.ring.look(lookOptions(context))
  const result = checkRing(picture)
  const name = word(context, 'NODE')
  if (name === undefined) {
    return {
      exitCode: result.verdict === 'error' ? exitCodes.failed : exitCodes.ok,
      document: checkJson(picture, result),
      text: (view) => checkText(picture, result, view),
    }
  }
  const node = nodeNamed(picture, name) ?? picture.nodes.find(({ label }) => label === meantNode(picture, name).label)
  if (node === undefined) return notOfTheRing(name)
  return {
    exitCode: result.nodes.get(node.label) === 'error' ? exitCodes.failed : exitCodes.ok,
    document: checkJson(picture, result, node),
    text: (view) => checkedNodeText(picture, node, result, view),
  }
}

function notOfTheRing(name: string): CommandResult {
  const text = `ERR  ${withoutControls(name)} is no node of the ring: nobody who answers knows it.\n`
  return { exitCode: exitCodes.failed, document: { verdict: 'error', nodes: [], findings: [] }, text: () => text }
}

export async function dump(context: CommandContext): Promise<CommandResult> {
  const picture = await context.ring.look({ ...lookOptions(context), noUpdate: true })
  const name = word(context, 'NODE')
  const meant = name === undefined ? defaultNode(context, picture) : meantNode(picture, name)
  if (!context.options.has('asJson')) {
    const text = await repliedBy(context, meant, 'DUMP')
    return { exitCode: exitCodes.ok, document: {}, text: () => `${text.trimEnd()}\n` }
  }
  const answer = dumpAnswer(await repliedBy(context, meant, 'DUMP JSON'))
  const document =
    answer.kind === 'dump' ? { node: meant.label, dump: answer.dump } : { node: meant.label, error: answer.why }
  return { exitCode: answer.kind === 'dump' ? exitCodes.ok : exitCodes.failed, document, text: () => '' }
}

export async function version(context: CommandContext): Promise<CommandResult> {
  const picture = await context.ring.look(lookOptions(context))
  const name = word(context, 'NODE')
  const asked: readonly MeantNode[] =
    name === undefined
      ? picture.nodes.map((node) => ({ label: node.label, addresses: node.addresses, node }))
      : [meantNode(picture, name)]
  const answers = await Promise.all(asked.map(async (meant) => ({ meant, ...(await versionOf(context, meant)) })))
  const width = Math.max(...answers.map(({ meant }) => meant.label.length))
  return {
    exitCode: answers.some(({ ok }) => ok) ? exitCodes.ok : exitCodes.unavailable,
    document: {
      nodes: answers.map(({ meant, ok, text }) => ({ node: meant.label, answers: ok, version: ok ? text : null })),
    },
    text: (view) =>
      answers
        .map(
          ({ meant, ok, text }) =>
            `${meant.label.padEnd(width)}  ${ok ? text : view.paint('red', `no answer: ${text}`)}\n`,
        )
        .join(''),
  }
}

async function versionOf(
  context: CommandContext,
  meant: MeantNode,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  if (meant.node?.answer.kind === 'silent') return { ok: false, text: meant.node.answer.why }
  const answered = await context.ring.ask(meant, 'VERSION', askOptions(context))
  if (answered.kind === 'failed') return { ok: false, text: answered.why }
  return { ok: true, text: withoutControls(answered.text).trim() }
}
