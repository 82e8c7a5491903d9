import { dumpOf, isRingNode, type PictureNode } from '../../core/ring/picture.ts'
import { readReply } from '../../core/ring/reply.ts'
import type { AskOptions } from '../control-port.ts'
import type { Answered, RingAccess } from '../ring-access.ts'

/** What came of telling one node. */
export interface Attempt {
  readonly node: string
  readonly result: 'done' | 'refused' | 'elsewhere' | 'failed'
  readonly code: string
  /** What it said, or why it said nothing. */
  readonly text: string
  readonly details: readonly string[]
  readonly data?: unknown
  /** It did not answer, and may have carried it out. */
  readonly mayHaveHappened: boolean
}

export interface Told {
  readonly attempts: readonly Attempt[]
  /** The one that ended it: done, or refused on purpose; undefined when nobody would. */
  readonly last: Attempt | undefined
}

export interface TellOptions extends AskOptions {
  /** A node that may have begun is waited for no longer, and nobody else is told: it has had its time. */
  readonly stopInDoubt: boolean
}

/**
 * Tells nodes in turn until one has done it. Who refuses on purpose refuses for all; who does not answer, or cannot do it where
 * it is, is passed by.
 *
 * @param commandFor what a node is told, which may depend on whose it is
 */
export async function tellInTurn(
  ring: RingAccess,
  nodes: readonly PictureNode[],
  commandFor: (node: PictureNode) => string,
  options: TellOptions,
): Promise<Told> {
  const attempts: Attempt[] = []
  for (const node of nodes) {
    const answered = await ring.ask(node, commandFor(node), options)
    const attempt = answered.kind === 'failed' ? failed(node, answered) : said(node, answered.text)
    attempts.push(attempt)
    if (attempt.result === 'done' || attempt.result === 'refused') return { attempts, last: attempt }
    if (options.stopInDoubt && attempt.mayHaveHappened) break
  }
  return { attempts, last: undefined }
}

function failed(
  { label }: PictureNode,
  { code, why, mayHaveHappened }: Extract<Answered, { kind: 'failed' }>,
): Attempt {
  return { node: label, result: 'failed', code, text: why, details: [], mayHaveHappened }
}

function said(node: PictureNode, reply: string): Attempt {
  const { kind, ...rest } = readReply(reply)
  const base = { node: node.label, ...rest, mayHaveHappened: false }
  // A slave with nobody to tell has told nobody; a server that is alone is the whole ring.
  if (kind === 'alone') return { ...base, result: node.role === 'server' ? 'done' : 'elsewhere' }
  return { ...base, result: kind }
}

/** Servers by their ids, as CHMPX's tool does it, those that answered before the others; then slaves, which pass some on. */
export function inTurn(nodes: readonly PictureNode[]): readonly PictureNode[] {
  const rank = (node: PictureNode) => (dumpOf(node) === undefined ? 2 : 0) + (node.role === 'slave' ? 1 : 0)
  return [...nodes].sort((one, other) => rank(one) - rank(other) || compared(one, other))
}

function compared(one: PictureNode, other: PictureNode): number {
  const [left, right] = [one.id ?? '', other.id ?? '']
  return left.length - right.length || (left < right ? -1 : 1)
}

/** The words that only Ring understands are told to Ring only; in JSON it answers with codes. */
export function withWords(command: string, words: readonly string[]): (node: PictureNode) => string {
  return (node) => (isRingNode(node) ? [command, ...words, 'JSON'].join(' ') : command)
}
