import type { ProgramRouting, ProgramServer } from '../program-routing.ts'

/** Changes of view that one fan-out may last through and still have its answers named. */
const keptAtMost = 256

/**
 * Which server an answer of a fan-out is from. Its index counts in the routing by which the node sent, and views change while
 * a fan-out is out: so what was known since the first of them went is kept until all have ended.
 */
export class ServerNames {
  private readonly kept = new Map<number, readonly ProgramServer[]>()
  private present: readonly ProgramServer[] = []
  private out = 0

  learn({ version, servers }: ProgramRouting): void {
    if (this.out === 0) this.kept.clear()
    else if (this.kept.size >= keptAtMost) this.kept.delete(this.kept.keys().next().value!)
    this.present = servers
    // A node whose life is over says the version that it had once more, without servers: what it asked them is still out.
    const stamp = stampOf(version)
    if (servers.length > 0 || !this.kept.has(stamp)) this.kept.set(stamp, servers)
  }

  fanOutBegins(): void {
    this.out++
  }

  fanOutEnds(): void {
    this.out--
  }

  /**
   * @param stamp of the routing in which `index` counts; 0 where the node does not say (version 0.3.0), which counts by its
   * present one
   * @param index -1 where no server answered
   */
  of(stamp: number, index: number): string | undefined {
    const servers = stamp === 0 ? this.present : this.kept.get(stamp)
    return servers?.[index]?.name
  }
}

/** A routing as answers name it: the low 32 bits of its version. */
export function stampOf(version: number): number {
  return version >>> 0
}
