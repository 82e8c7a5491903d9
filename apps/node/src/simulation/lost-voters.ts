import type { GroupRecord } from '@ring/gms'
import { isQuorumOf } from '@ring/register'
import type { World } from '@ring/testkit'

/**
 * Which voters are gone for good, with their disks: a ring whose record needs one of them for its quorum stands still by right,
 * until an operator recovers it (rules R3, R8).
 */
export class LostVoters {
  readonly #world: World
  /** How often its machine had lost its disk when a voter was heard of first. */
  readonly #known = new Map<string, number>()

  constructor(world: World) {
    this.#world = world
  }

  onRecord({ voters }: GroupRecord): void {
    for (const { name, voterId } of voters)
      if (!this.#known.has(voterId)) this.#known.set(voterId, this.#world.node(name).disk.timesForgotten)
  }

  /** Whether those that are left cannot decide what follows this record. */
  areMissed({ voters }: GroupRecord): boolean {
    return !isQuorumOf(
      voters,
      ({ name, voterId }) => this.#world.node(name).disk.timesForgotten === this.#known.get(voterId),
    )
  }
}
