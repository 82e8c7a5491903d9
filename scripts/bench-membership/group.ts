import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type JoinCommand, MemberProcess, nowMs } from './member-process.ts'

export type Quorum = 'none' | 'majority'

export interface GroupOptions {
  readonly quorum: Quorum
  readonly detect?: 'fast' | 'default'
  /** How many of the members the lists of addresses name. Default 3; with a quorum these form the group. */
  readonly named?: number
  /** How the members find each other; default: TCPPING over the list of addresses, which no other protocol is given. */
  readonly find?: (group: {
    readonly name: string
    readonly ports: readonly number[]
  }) => NonNullable<JoinCommand['find']>
  /** The hosts of the members, and what runs a process there. Default: all on loopback. */
  readonly hosts?: readonly { readonly address: string; readonly prefix: readonly string[] }[]
}

let portsUsed = 0
let groups = 0
const giveUpMs = 60_000

/** Below the range from which the kernel gives ports to clients. */
export function freshPort(): number {
  portsUsed += 1
  return 13_000 + ((process.pid * 97) % 3_000) + (portsUsed % 2_000)
}

/** Member processes of one group, and waiting for what they agree on. */
export class Group {
  readonly members: MemberProcess[] = []
  readonly #options: GroupOptions
  readonly #name = `bench-${process.pid}-${(groups += 1)}`
  readonly #places: readonly { readonly name: string; readonly host: string; readonly port: number }[]
  readonly #state = mkdtempSync(join(tmpdir(), 'ring-bench-'))
  #look: () => void = () => undefined

  constructor(size: number, options: GroupOptions) {
    this.#options = options
    this.#places = Array.from({ length: size }, (_, at) => ({
      name: `m${at}`,
      host: options.hosts?.[at]?.address ?? '127.0.0.1',
      port: freshPort(),
    }))
  }

  /** Starts the process of a place; it does not join yet. */
  start(at: number): MemberProcess {
    const { quorum, detect = 'default', named = 3, hosts, find } = this.#options
    const { name, host, port } = this.#places[at]!
    const servers = this.#places.slice(0, find ? 0 : named).map((place) => ({
      name: place.name,
      address: `${place.host}:${place.port}`,
    }))
    const group = { name: this.#name, ports: this.#places.map((place) => place.port) }
    const options = {
      ...{ group: this.#name, name, listen: { host, port }, servers, quorum, detect },
      ...(quorum === 'majority' && { stateDirectory: join(this.#state, name), joinOnly: at >= named }),
    }
    const member = new MemberProcess(
      { options, ...(find && { find: find(group) }) },
      () => this.#look(),
      hosts?.[at]?.prefix,
    )
    this.members[at] = member
    return member
  }

  /** Starts processes, and resolves when they run. */
  async ready(count: number): Promise<void> {
    for (let at = 0; at < count; at++) this.start(at)
    await this.until(() => this.members.every((member) => member.last('ready')), 'all run')
  }

  /** Starts and joins so many, one after the other (with a quorum, its first ones together). */
  async formed(count: number): Promise<void> {
    await this.ready(count)
    await this.joinAll(count)
  }

  async joinAll(count: number): Promise<void> {
    const together = this.#options.quorum === 'majority' ? Math.min(count, this.#options.named ?? 3) : 1
    for (const member of this.members.slice(0, together)) member.join()
    await this.agreed(this.members.slice(0, together))
    for (let at = together; at < count; at++) {
      this.members[at]!.join()
      await this.agreed(this.members.slice(0, at + 1))
    }
  }

  /** The member that comes first in the view. */
  get coordinator(): MemberProcess {
    const first = this.members.find(({ view }) => view)?.view?.members[0]
    return this.members.find(({ name }) => name === first)!
  }

  /** One that is not the coordinator, the last to have come. */
  get plain(): MemberProcess {
    const last = this.members.find(({ view }) => view)?.view?.members.at(-1)
    return this.members.find(({ name }) => name === last)!
  }

  others(member: MemberProcess): readonly MemberProcess[] {
    return this.members.filter((other) => other !== member && other.view)
  }

  /** Replaces a process that was killed by a new one in its place, and has it join. */
  async replace(member: MemberProcess): Promise<void> {
    await member.end()
    const at = this.members.indexOf(member)
    const fresh = this.start(at)
    await this.until(() => fresh.last('ready') !== undefined, 'the new process runs')
    fresh.join()
    await this.agreed(this.members)
  }

  /** Resolves with the time at which the last of these had one and the same view, with them and nobody else in it. */
  async agreed(members: readonly MemberProcess[], limitMs = giveUpMs): Promise<number> {
    const names = members
      .map(({ name }) => name)
      .sort()
      .join(' ')
    await this.until(() => isAgreed(members, names), `the view of ${names}`, limitMs)
    return Math.max(...members.map(({ view }) => view!.atMs))
  }

  until(holds: () => boolean, what: string, limitMs = giveUpMs): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what}: not in ${limitMs} ms; ${this.#described}`)), limitMs)
      this.#look = () => {
        const failed = this.members.find((member) => member.last('failed'))
        if (failed) reject(new Error(`${failed.name}: ${failed.last('failed')?.text}`))
        else if (holds()) resolve()
        else return
        clearTimeout(timer)
        this.#look = () => undefined
      }
      this.#look()
    })
  }

  async end(): Promise<void> {
    await Promise.all(this.members.map((member) => member.end()))
    rmSync(this.#state, { recursive: true, force: true })
  }

  get #described(): string {
    return this.members.map(({ name, view }) => `${name} sees ${view?.members.join(' ') ?? 'nothing'}`).join('; ')
  }
}

function isAgreed(members: readonly MemberProcess[], names: string): boolean {
  const [first] = members
  return members.every(({ view }) => {
    if (!view || view.lineage !== first?.view?.lineage || view.version !== first.view.version) return false
    return [...view.members].sort().join(' ') === names
  })
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export { nowMs }
