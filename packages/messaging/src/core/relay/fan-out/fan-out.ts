import type { FollowedFanOut, FollowedFanOuts } from './followed-fan-outs.ts'

/** One BROADCAST or REPLICATE: the exchanges it became, and how many of them have not been answered. */
export interface FanOut<Port> {
  /** Answers still to come; the one that brings it to 0 is passed on without the "not the last" flag. */
  remaining: number
  /** The routing in which the members' places count. */
  readonly stamp: number
  readonly members: FanOutMember<Port>[]
  /** Of a REPLICATE whose asker sends again what could not be delivered. */
  readonly followed: FollowedFanOut | undefined
}

export interface FanOutMember<Port> {
  readonly fan: FanOut<Port>
  readonly port: Port
  readonly slot: number
  readonly generation: number
  /** The server's place in the routing by which it was sent: by the time of the answer it may have another, or none. */
  readonly server: number
}

/** Who asked for fan-outs: those that are out, by its slot. */
export interface AskerOfFanOuts<Port> {
  readonly fanOuts: Map<number, FanOut<Port>>
  readonly followed: FollowedFanOuts
}

/** Counts one member of a fan-out as answered; true when it was the last. */
export function settleMember<Port>(fan: FanOut<Port>, asker: AskerOfFanOuts<Port>, askerSlot: number): boolean {
  fan.remaining--
  if (fan.remaining > 0) return false
  if (asker.fanOuts.get(askerSlot) === fan) asker.fanOuts.delete(askerSlot)
  if (fan.followed !== undefined) asker.followed.settle(fan.followed)
  return true
}
