import type { NodeDump, TrafficReport } from '@ring/control-protocol'
import { dumpOf, type PictureNode, type RingPicture } from '../ring/picture.ts'

/** What passes a node in a second. */
export interface NodeRate {
  readonly messages: number
  readonly bytes: number
}

/** As the node tells it, or from what it had counted at two times; undefined where neither can be had. */
export function rateOf(node: PictureNode, now: RingPicture, before: RingPicture | undefined): NodeRate | undefined {
  const dump = dumpOf(node)
  if (dump === undefined) return undefined
  const { relay } = dump.ring ?? {}
  if (relay !== undefined) return { messages: relay.requestsPerSecond, bytes: relay.bytesPerSecond }
  const earlier = before?.nodes.find(({ id }) => id === node.id)
  const then = earlier && dumpOf(earlier)
  const seconds = (now.atMs - (before?.atMs ?? now.atMs)) / 1_000
  if (then === undefined || seconds <= 0) return undefined
  return difference(counted(then), counted(dump), seconds)
}

function counted({ traffic }: NodeDump): NodeRate {
  const messages = ({ sent, received }: TrafficReport) => sent + received
  return {
    messages: messages(traffic.servers) + messages(traffic.slaves),
    bytes: traffic.servers.bytes + traffic.slaves.bytes,
  }
}

/** A node that began anew counts from nothing. */
function difference(then: NodeRate, now: NodeRate, seconds: number): NodeRate | undefined {
  if (now.messages < then.messages || now.bytes < then.bytes) return undefined
  return { messages: (now.messages - then.messages) / seconds, bytes: (now.bytes - then.bytes) / seconds }
}

/** Of the servers together: a message passes one of them. */
export function totalRate(now: RingPicture, before: RingPicture | undefined): number {
  const servers = now.nodes.filter(({ role }) => role === 'server')
  return servers.reduce((sum, node) => sum + (rateOf(node, now, before)?.messages ?? 0), 0)
}
