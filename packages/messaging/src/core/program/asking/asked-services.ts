import { type NamedService, type ServiceId, serviceId, unnamedService } from '../../frames/service-id.ts'
import type { ProgramRouting } from '../program-routing.ts'
import { KeyHolds } from './key-holds.ts'
import { PartitionHolds } from './partition-holds.ts'
import { type PostSender, Posts } from './posts.ts'

/** So many a program may name: what orders their calls is kept for as long as it lives. */
export const servicesAtMost = 1_024

/** A service as one program asks it. What orders and bounds its calls is its own, so that none waits for another's sake. */
export class AskedService implements NamedService {
  readonly place: number
  /** The unnamed service has none. */
  readonly name: string | undefined
  readonly id: ServiceId | undefined
  readonly holds = new PartitionHolds()
  readonly keyHolds = new KeyHolds()
  readonly posts: Posts

  constructor({ place, name, id }: NamedService, sender: PostSender) {
    this.place = place
    this.name = name
    this.id = id
    this.posts = new Posts(sender, this)
  }
}

/** The services that a program asks. */
export class AskedServices {
  readonly unnamed: AskedService
  /** The unnamed one first. */
  readonly all: AskedService[]
  private readonly sender: PostSender
  private routing: ProgramRouting | undefined
  private readonly byName = new Map<string, AskedService>()

  constructor(sender: PostSender) {
    this.sender = sender
    this.unnamed = new AskedService(unnamedService, sender)
    this.all = [this.unnamed]
  }

  /** The service of that name, the same one each time; `undefined` when the program has named too many. */
  named(name: string): AskedService | undefined {
    const present = this.byName.get(name)
    if (present !== undefined || this.byName.size >= servicesAtMost) return present
    const service = new AskedService({ place: this.all.length, name, id: serviceId(name) }, this.sender)
    if (this.routing !== undefined) service.holds.follow(undefined, this.routing)
    this.byName.set(name, service)
    this.all.push(service)
    return service
  }

  /** What orders the calls of a service. */
  holdsOf({ place }: NamedService): PartitionHolds {
    return place === 0 ? this.unnamed.holds : this.all[place]!.holds
  }

  /** What orders its calls of one key while a large body of it is out. */
  keyHoldsOf({ place }: NamedService): KeyHolds {
    return this.all[place]!.keyHolds
  }

  /** Where messages go has changed. */
  follow(routing: ProgramRouting): void {
    const before = this.routing
    this.routing = routing
    for (const { holds } of this.all) holds.follow(before, routing)
  }
}
