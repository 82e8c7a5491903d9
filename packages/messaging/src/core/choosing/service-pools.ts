import { namesService, type ServiceId, serviceHigh, serviceId, serviceLow } from '../frames/service-id.ts'
import { type Choosable, ProgramChoice } from './program-choice.ts'

interface NamedPool<Program extends Choosable> {
  readonly name: string
  readonly id: ServiceId
  readonly programs: ProgramChoice<Program>
}

/** The programs of a node that take requests, each service's by itself. */
export class ServicePools<Program extends Choosable> {
  readonly unnamed = new ProgramChoice<Program>()
  /** By the low half of their ids: those that share it are told apart by the other. */
  private readonly named = new Map<number, readonly NamedPool<Program>[]>()

  /** The programs for the request at `at`; `null` when nobody serves what it names. */
  of(bytes: Uint8Array, at: number): ProgramChoice<Program> | null {
    if (!namesService(bytes, at)) return this.unnamed
    const pools = this.named.get(serviceLow(bytes, at))
    if (pools === undefined) return null
    const high = serviceHigh(bytes, at)
    for (const { id, programs } of pools) if (id.high === high) return programs
    return null
  }

  /** A service of another name that is served here under the same id: frames could not tell them apart. */
  clashOf(name: string): string | undefined {
    const id = serviceId(name)
    return this.named.get(id.low)?.find((pool) => pool.id.high === id.high && pool.name !== name)?.name
  }

  /** @param name of the service that the program serves; the unnamed one without it */
  add(port: Program, name: string | undefined): void {
    const programs = name === undefined ? this.unnamed : this.poolOf(name)
    programs.add(port)
  }

  /** A service without programs is forgotten. */
  remove(port: Program): void {
    this.unnamed.remove(port)
    for (const [low, pools] of this.named) {
      for (const { programs } of pools) programs.remove(port)
      const left = pools.filter(({ programs }) => programs.count > 0)
      if (left.length === 0) this.named.delete(low)
      else if (left.length < pools.length) this.named.set(low, left)
    }
  }

  private poolOf(name: string): ProgramChoice<Program> {
    const id = serviceId(name)
    const pools = this.named.get(id.low) ?? []
    const present = pools.find((pool) => pool.id.high === id.high)
    if (present !== undefined) return present.programs
    const programs = new ProgramChoice<Program>()
    this.named.set(id.low, [...pools, { name, id, programs }])
    return programs
  }
}
