import { UsageError } from '../../core/errors.ts'
import { type MeantNode, meantNode } from '../../core/ring/find-node.ts'
import { dumpOf, type PictureNode, type RingPicture } from '../../core/ring/picture.ts'
import { withoutControls } from '../../core/ring/reply.ts'
import { askOptions, type CommandContext, word } from '../command-context.ts'
import { ControlPortError } from '../control-port.ts'

const asMeant = (node: PictureNode): MeantNode => ({ label: node.label, addresses: node.addresses, node })

/**
 * The node that is meant where a command names none: the one that the tool was started for, else the first that answers.
 *
 * @throws UsageError
 */
export function defaultNode({ settings: { meant } }: CommandContext, { nodes }: RingPicture): MeantNode {
  const { ctlPort, cuk, customSeed } = meant
  if (ctlPort !== undefined || cuk !== undefined || customSeed !== undefined) {
    const found = nodes.find((node) => {
      const self = dumpOf(node)?.self
      const isNamed = ctlPort === undefined || node.ctlPort === ctlPort
      return isNamed && (cuk ?? self?.cuk) === self?.cuk && (customSeed ?? self?.customSeed) === self?.customSeed
    })
    if (found !== undefined) return asMeant(found)
  }
  const first = nodes.find((node) => node.isConfigured && dumpOf(node)) ?? nodes.find((node) => dumpOf(node))
  if (first === undefined) throw new UsageError('Name a node: none answers.')
  return asMeant(first)
}

/** The node that a command names, or the default one. */
export function namedOrDefault(context: CommandContext, picture: RingPicture): MeantNode {
  const name = word(context, 'NODE')
  return name === undefined ? defaultNode(context, picture) : meantNode(picture, name)
}

/**
 * What a node answers, as text that a terminal can show.
 *
 * @throws ControlPortError
 */
export async function repliedBy(context: CommandContext, meant: MeantNode, command: string): Promise<string> {
  const answered = await context.ring.ask(meant, command, askOptions(context))
  if (answered.kind === 'reply') return withoutControls(answered.text)
  throw new ControlPortError(answered.code, `${meant.label} does not answer: ${answered.why}`, answered.mayHaveHappened)
}
