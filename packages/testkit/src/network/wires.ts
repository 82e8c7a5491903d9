import type { NodeName } from '@ring/platform'
import type { Bandwidth } from './network-options.ts'

/** Something that carries one thing after another. */
class Lane {
  #freeAtMs = 0
  #bytesPerSecond = 1

  /** How long what comes now has to wait. */
  waitMs(nowMs: number, bytesPerSecond: number): number {
    return (Math.max(0, this.#freeAtMs - nowMs) * this.#bytesPerSecond) / bytesPerSecond
  }

  /** When `bytes` that come now are through. A changed rate holds for what still waits, too. */
  reserve(nowMs: number, bytes: number, bytesPerSecond: number): number {
    if (bytesPerSecond !== this.#bytesPerSecond) {
      const leftMs = Math.max(0, this.#freeAtMs - nowMs)
      this.#freeAtMs = nowMs + (leftMs * this.#bytesPerSecond) / bytesPerSecond
      this.#bytesPerSecond = bytesPerSecond
    }
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + (bytes / bytesPerSecond) * 1_000
    return this.#freeAtMs
  }
}

/** The bandwidth of a network in use: who has to wait for whom. Costs nothing while nothing is bounded. */
export class Wires {
  readonly #out = new Map<NodeName, Lane>()
  readonly #in = new Map<NodeName, Lane>()
  readonly #paths = new Map<NodeName, Map<NodeName, Lane>>()

  /** When bytes that `from` hands over now have left its machine and the path to `to`. */
  leave(bandwidth: Bandwidth, nowMs: number, from: NodeName, to: NodeName, bytes: number): number {
    if (from === to) return nowMs
    const machine = machineRate(bandwidth, from)
    const path = pathRate(bandwidth, from, to)
    const outMs = machine === Number.POSITIVE_INFINITY ? nowMs : laneOf(this.#out, from).reserve(nowMs, bytes, machine)
    if (path === Number.POSITIVE_INFINITY) return outMs
    let paths = this.#paths.get(from)
    if (paths === undefined) this.#paths.set(from, (paths = new Map<NodeName, Lane>()))
    // Both carry the same bytes at one time; the slower one decides.
    return Math.max(outMs, laneOf(paths, to).reserve(nowMs, bytes, path))
  }

  /** How long bytes that `from` hands over now would wait until their first one leaves. */
  waitMs(bandwidth: Bandwidth, nowMs: number, from: NodeName, to: NodeName): number {
    const out = this.#out.get(from)?.waitMs(nowMs, machineRate(bandwidth, from)) ?? 0
    const path =
      this.#paths
        .get(from)
        ?.get(to)
        ?.waitMs(nowMs, pathRate(bandwidth, from, to)) ?? 0
    return Math.max(out, path)
  }

  /** When bytes that arrive at `to` now have come in. */
  enter(bandwidth: Bandwidth, nowMs: number, from: NodeName, to: NodeName, bytes: number): number {
    const rate = machineRate(bandwidth, to)
    if (from === to || rate === Number.POSITIVE_INFINITY) return nowMs
    return laneOf(this.#in, to).reserve(nowMs, bytes, rate)
  }

  /** Whether what goes from one to the other may have to wait anywhere. */
  isBounded(bandwidth: Bandwidth, from: NodeName, to: NodeName): boolean {
    return (
      from !== to &&
      (machineRate(bandwidth, from) < Number.POSITIVE_INFINITY ||
        machineRate(bandwidth, to) < Number.POSITIVE_INFINITY ||
        pathRate(bandwidth, from, to) < Number.POSITIVE_INFINITY)
    )
  }
}

function machineRate(bandwidth: Bandwidth, name: NodeName): number {
  return checked(bandwidth.machineOf?.(name) ?? bandwidth.machineBytesPerSecond)
}

function pathRate(bandwidth: Bandwidth, from: NodeName, to: NodeName): number {
  return checked(bandwidth.pathOf?.(from, to) ?? bandwidth.pathBytesPerSecond)
}

function checked(bytesPerSecond: number): number {
  if (bytesPerSecond > 0) return bytesPerSecond
  throw new RangeError(`a bandwidth of ${bytesPerSecond} bytes a second lets nothing through: cut the way instead`)
}

function laneOf(lanes: Map<NodeName, Lane>, name: NodeName): Lane {
  let lane = lanes.get(name)
  if (lane === undefined) lanes.set(name, (lane = new Lane()))
  return lane
}
