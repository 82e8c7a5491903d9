import { UsageError } from '../errors.ts'
import { suggestionFor } from '../line/suggestion.ts'
import { addressText, type NodeAddress, namedNode } from './node-address.ts'
import type { PictureNode, RingPicture } from './picture.ts'

/** A node that is meant: one of the picture, or at least an address that can be asked. */
export interface MeantNode {
  readonly label: string
  readonly addresses: readonly NodeAddress[]
  readonly node: PictureNode | undefined
}

/**
 * The node of the picture that a word means: by its label, by `host:ctlport` (with a CUK where several share it), or by its host
 * or control port alone where only one has it.
 */
export function nodeNamed({ nodes }: RingPicture, word: string): PictureNode | undefined {
  const exact = nodes.find(({ label }) => label === word)
  if (exact !== undefined) return exact
  const named = namedNode(word)
  if (named !== undefined) {
    const there = nodes.filter(({ host, ctlPort }) => host === named.host && ctlPort === named.port)
    const byCuk = there.filter(({ label }) => named.cuk !== '' && label.endsWith(`:${named.cuk}`))
    return only(byCuk) ?? only(there) ?? only(nodes.filter((node) => isDialledAt(node, named)))
  }
  return only(nodes.filter(({ host, ctlPort }) => host === word || String(ctlPort) === word))
}

const isDialledAt = ({ addresses }: PictureNode, { host, port }: NodeAddress): boolean =>
  addresses.some((address) => address.host === host && address.port === port)

const only = <One>(found: readonly One[]): One | undefined => (found.length === 1 ? found[0] : undefined)

/**
 * Whom to ask: also one that is not in the picture, when the word says where.
 *
 * @throws UsageError
 */
export function meantNode(picture: RingPicture, word: string): MeantNode {
  const node = nodeNamed(picture, word)
  if (node !== undefined) return { label: node.label, addresses: node.addresses, node }
  const named = namedNode(word)
  if (named === undefined) throw unknownNode(picture, word)
  const address = { host: named.host, port: named.port }
  return { label: addressText(address), addresses: [address], node: undefined }
}

/**
 * A server of the ring; a name that is none is refused before anybody is told.
 *
 * @throws UsageError
 */
export function serverNamed(picture: RingPicture, word: string): PictureNode {
  const node = nodeNamed(picture, word)
  if (node === undefined) throw unknownNode(picture, word)
  if (node.role === 'slave')
    throw new UsageError(`${node.label} is a slave: only servers come into and go out of service.`)
  return node
}

function unknownNode({ nodes }: RingPicture, word: string): UsageError {
  const labels = nodes.map(({ label }) => label)
  const near = suggestionFor(word, labels) ?? sameHostOrPort(nodes, word)
  const some = labels.slice(0, 8).join(', ')
  const advice = near !== undefined ? `Did you mean ${near}?` : some === '' ? 'No node is known.' : `It has ${some}.`
  return new UsageError(`The ring has no node ${word.slice(0, 120)}. ${advice}`)
}

/** `localhost:9021` where the ring spells it `10.99.0.1:9021`. */
function sameHostOrPort(nodes: readonly PictureNode[], word: string): string | undefined {
  const named = namedNode(word)
  return named === undefined ? undefined : nodes.find(({ ctlPort }) => ctlPort === named.port)?.label
}
