import type { Origin } from './origin.ts'
import { PartitionHolds } from './partition-holds.ts'
import { Posts } from './posts.ts'
import type { ProgramRouting } from './program-routing.ts'
import { type ServiceId, serviceId } from './service-id.ts'

/** So many a program may name: what orders their calls is kept for as long as it lives. */
export const servicesAtMost = 1_024

/** A service as one program asks it. What orders and bounds its calls is its own, so that none waits for another's sake. */
export class AskedService {
  /** The unnamed service has none. */
  readonly name: string | undefined
  readonly id: ServiceId | undefined
  readonly holds = new PartitionHolds()
  readonly posts: Posts

  constructor(name: string | undefined, origin: Origin) {
    this.name = name
    this.id = name === undefined ? undefined : serviceId(name)
    this.posts = new Posts(origin, this)
  }
}

/** The services that a program asks. */
export class AskedServices {
  readonly unnamed: AskedService
  /** The unnamed one first. */
  readonly all: AskedService[]
  private readonly origin: Origin
  private readonly byName = new Map<string, AskedService>()

  constructor(origin: Origin) {
    this.origin = origin
    this.unnamed = new AskedService(undefined, origin)
    this.all = [this.unnamed]
  }

  /** The service of that name, the same one each time; `undefined` when the program has named too many. */
  named(name: string): AskedService | undefined {
    const present = this.byName.get(name)
    if (present !== undefined || this.byName.size >= servicesAtMost) return present
    const service = new AskedService(name, this.origin)
    const { routing } = this.origin
    if (routing !== undefined) service.holds.follow(undefined, routing)
    this.byName.set(name, service)
    this.all.push(service)
    return service
  }

  /** Where messages go has changed. */
  follow(before: ProgramRouting | undefined, after: ProgramRouting): void {
    for (const { holds } of this.all) holds.follow(before, after)
  }
}
