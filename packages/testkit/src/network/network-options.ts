import { type NodeName, type Random, unit } from '@ring/platform'

/** How long a message is on its way: `minMs` and a random rest, so that the mean is `meanMs` (exponential). */
export interface Delay {
  readonly minMs: number
  readonly meanMs: number
}

/**
 * How many bytes a second get through; `Infinity` is no bound. Bytes are those of the messages: headers count nothing.
 * What finds its way busy waits, links in order, and each link of a machine in turn.
 */
export interface Bandwidth {
  /** From one node to another, each direction of each pair by itself. */
  readonly pathBytesPerSecond: number
  /** For one direction of one pair, instead of `pathBytesPerSecond`. */
  readonly pathOf?: (from: NodeName, to: NodeName) => number | undefined
  /** All that one machine sends, and as much again of what it receives. */
  readonly machineBytesPerSecond: number
  /** For one machine, instead of `machineBytesPerSecond`. */
  readonly machineOf?: (name: NodeName) => number | undefined
  /** A datagram that would wait longer than this, in milliseconds, is lost, as in a full queue of a switch. */
  readonly datagramWaitMaxMs: number
}

/**
 * How the simulated network treats messages.
 *
 * `link`: as over TCP. Messages keep their order; nothing gets lost alone, but a link breaks (with `loss`, or when it was
 * cut for longer than `breakAfterMs`) and takes with it what was on the way.
 *
 * `datagram`: harsher than any real control link. Each message may be lost, duplicated and overtaken, and there are no
 * links: `isLinked` is always false, and no link events come.
 *
 * Multicast is datagrams in both modes.
 */
export interface NetworkOptions {
  readonly mode: 'link' | 'datagram'
  readonly delay: Delay
  /** For one direction of one pair, instead of `delay`. */
  readonly delayOf?: (from: NodeName, to: NodeName) => Delay | undefined
  /** How probable it is that a message is lost (`datagram`, multicast) or breaks its link (`link`), 0 to 1. */
  readonly loss: number
  /** How probable it is that a multicast datagram is lost on its way to one listener (default `loss`). */
  readonly multicastLoss?: number
  /** How probable it is that a message arrives twice (`datagram` and multicast only). */
  readonly duplication: number
  /** `link` only: after this long without getting through, a link breaks, and a dial is given up. */
  readonly breakAfterMs: number
  readonly bandwidth: Bandwidth
}

export const unlimitedBandwidth: Bandwidth = {
  pathBytesPerSecond: Number.POSITIVE_INFINITY,
  machineBytesPerSecond: Number.POSITIVE_INFINITY,
  datagramWaitMaxMs: 500,
}

export const defaultNetworkOptions: NetworkOptions = {
  mode: 'link',
  delay: { minMs: 0.5, meanMs: 3 },
  loss: 0,
  duplication: 0,
  breakAfterMs: 3_000,
  bandwidth: unlimitedBandwidth,
}

/** Draws how long a message from one node to another takes, in milliseconds. */
export function drawDelayMs(options: NetworkOptions, random: Random, from: NodeName, to: NodeName): number {
  const { minMs, meanMs } = options.delayOf?.(from, to) ?? options.delay
  return minMs - Math.log(1 - unit(random)) * Math.max(0, meanMs - minMs)
}
