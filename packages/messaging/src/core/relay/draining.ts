import type { ClosingPartitions } from '@ring/placement'
import { isKeyed } from '../frames/frame-header.ts'
import { Status } from '../frames/status.ts'
import type { RelayPort } from './relay-port.ts'

/**
 * Whether what was handed to programs of closing partitions has ended (rule D3). Nothing is counted for it while requests come and go:
 * each exchange says its partition, and at a fence they are looked through, up to the first that is out.
 */
export class Draining {
  private closing: ClosingPartitions | undefined
  private readonly givenUpCounts: boolean
  /** Whether what was out at the last look still is: as long as it is, there is nothing to look for. */
  private isStillOut: (ports: ReadonlySet<RelayPort>) => boolean = () => false

  /** @param givenUpCounts only a simulation does without */
  constructor(givenUpCounts = true) {
    this.givenUpCounts = givenUpCounts
  }

  /** Something is waited for. */
  get isPending(): boolean {
    return this.closing !== undefined
  }

  begin(closing: ClosingPartitions): void {
    this.closing = closing
    this.isStillOut = () => false
  }

  end(): void {
    this.closing = undefined
  }

  /** The closing version, once, when everything has ended. */
  look(ports: ReadonlySet<RelayPort>): number | undefined {
    const { closing } = this
    if (closing === undefined || this.isOut(closing.partitions, ports)) return undefined
    this.end()
    return closing.version
  }

  private isOut(closing: Uint8Array, ports: ReadonlySet<RelayPort>): boolean {
    if (this.isStillOut(ports)) return true
    for (const port of ports) {
      if (port.kind !== 'program') continue
      const { highWater } = port.exchanges.slots
      for (let slot = 0; slot < highWater; slot++) {
        if (!isOutAt(port, slot, closing)) continue
        this.isStillOut = (present) => present.has(port) && isOutAt(port, slot, closing)
        return true
      }
      if (this.givenUpCounts && port.givenUp.isIn(closing)) {
        this.isStillOut = (present) => present.has(port) && port.givenUp.isIn(closing)
        return true
      }
    }
    return false
  }
}

function isOutAt({ exchanges }: RelayPort, slot: number, closing: Uint8Array): boolean {
  return exchanges.from[slot] !== null && closing[exchanges.partition[slot]!] === 1
}

/** An exchange of a program ends with this status: its handler may go on. */
export function noteGivenUp({ exchanges, givenUp, knowsMoves }: RelayPort, slot: number, status: number): void {
  // A program that does not say when a handler has ended is of a version that has no data to move.
  const partition = exchanges.partition[slot]!
  if (knowsMoves && leavesRunning(status) && isKeyed(partition)) {
    givenUp.add(slot, exchanges.slots.generation[slot]!, partition)
  }
}

/** An answer came to an exchange that is over: what it says of the handler. */
export function noteLateAnswer({ givenUp }: RelayPort, slot: number, generation: number, status: number): void {
  if (!leavesRunning(status)) givenUp.ended(slot, generation)
}

function leavesRunning(status: number): boolean {
  return status === Status.overdueRunning || status === Status.cancelledRunning
}
