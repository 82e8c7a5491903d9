import { addressedPartition, Offset, readU32 } from '../frames/frame-header.ts'
import { namesService, serviceLow } from '../frames/service-id.ts'

const services = 128
/** Takes all services for which there is no lane free. */
const shared = services - 1

/** How many lanes there are: two for each service, the second one for what is addressed. */
export const laneCount = 2 * services

/** The lanes of the unnamed service; and those of a program's link, for a program serves one service. */
export const keyedLane = 0
export const addressedLane = 1

export function isAddressedLane(lane: number): boolean {
  return (lane & 1) !== 0
}

/**
 * Which credit an exchange takes (docs/protocol.md, section 3.5): each service has a lane at each link, and another one for what
 * is addressed, so that none is refused for another's sake. The unnamed service has lanes 0 and 1. Lanes are given to services
 * as they are asked; one in which nothing is out, at no link, is given to another when all are taken.
 */
export class CreditLanes {
  /** By the low half of a service's id: two that share it share their credit. */
  private readonly placeOf = new Map<number, number>()
  private readonly lowOf = new Float64Array(services).fill(-1)
  private readonly out = new Uint32Array(services)
  private used = 1

  /** The lane of the request at `at`. */
  of(bytes: Uint8Array, at: number): number {
    const addressed = readU32(bytes, at + Offset.partition) === addressedPartition ? 1 : 0
    return namesService(bytes, at) ? 2 * this.place(serviceLow(bytes, at)) + addressed : addressed
  }

  opened(lane: number): void {
    this.out[lane >>> 1]!++
  }

  ended(lane: number): void {
    this.out[lane >>> 1]!--
  }

  private place(low: number): number {
    return this.placeOf.get(low) ?? this.give(low)
  }

  private give(low: number): number {
    const place = this.used < shared ? this.used++ : this.out.indexOf(0, 1)
    if (place < 1 || place >= shared) return shared
    this.placeOf.delete(this.lowOf[place]!)
    this.lowOf[place] = low
    this.placeOf.set(low, place)
    return place
  }
}
