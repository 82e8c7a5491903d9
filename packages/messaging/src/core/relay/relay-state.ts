import type { DeliveryGate } from '@ring/platform'
import { CreditLanes } from '../choosing/credit-lanes.ts'
import { type SelfServer, ServerChoice } from '../choosing/server-choice.ts'
import { ServicePools } from '../choosing/service-pools.ts'
import { isKeyed, Offset, readU32 } from '../frames/frame-header.ts'
import { Status } from '../frames/status.ts'
import { Draining } from './draining.ts'
import { noCounts, type RelayCounters } from './relay-counters.ts'
import { noIndex, type RelayPort } from './relay-port.ts'
import { type RelayRules, soundRelayRules } from './rules.ts'
import { MoveFence } from './waiting/move-fence.ts'
import { WaitingRoom } from './waiting/waiting-room.ts'

/** What the parts of a relay share. */
export class RelayState {
  readonly counters: RelayCounters = noCounts()
  readonly ports = new Set<RelayPort>()
  /** Server programs that take requests, by service. */
  readonly pools = new ServicePools<RelayPort>()
  readonly lanes = new CreditLanes()
  readonly servers: ServerChoice
  readonly waiting = new WaitingRoom()
  /** What is not handed to programs while its data is being moved. */
  readonly fence: MoveFence
  readonly draining: Draining
  readonly isServer: boolean
  /** Links with acknowledgements gathered in this turn. */
  readonly toAcknowledge: RelayPort[] = []
  /** Links whose peer broke a rule in this turn. */
  readonly violators: RelayPort[] = []
  /** Asked wherever something passes to a program. */
  readonly gate: DeliveryGate
  readonly rules: RelayRules
  nowMs: number
  /** How long the input of this turn has already waited (M3). */
  gapMs = 0
  /** Why the last choice of a destination came to nothing: a status, or 0 for "it waits here". */
  why: number = Status.noServer
  /** At which server, as its place in the routing. */
  whyAt = noIndex
  /** What a frame that should wait is answered when there is no room for it. */
  ifRoomIsFull: number = Status.queueFull

  constructor(self: SelfServer | undefined, nowMs: number, gate: DeliveryGate, rules: RelayRules = soundRelayRules) {
    this.servers = new ServerChoice(self)
    this.isServer = self !== undefined
    this.fence = new MoveFence(rules)
    this.draining = new Draining(rules.givenUpCounts)
    this.gate = gate
    this.rules = rules
    this.nowMs = nowMs
  }

  /** Whether a request belongs to a move that goes on, or is felt: then it waits where another is refused for want of credit. */
  isMoving(bytes: Uint8Array, at: number): boolean {
    return this.fence.isFelt(this.nowMs) && isKeyed(readU32(bytes, at + Offset.partition))
  }

  /** The version that MOVED names: of a closing partition the next one, whichever that is, for it may end the wait. */
  movedVersion(partition: number): number {
    const { servers } = this
    return this.fence.holds(partition) ? (servers.routing?.version ?? 0) + 1 : servers.versionOf(partition)
  }

  violation(port: RelayPort, reason: string): void {
    if (!port.isOpen) return
    this.counters.violations++
    port.fault ??= reason
    this.violators.push(port)
  }
}
