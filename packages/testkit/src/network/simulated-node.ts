import type {
  Address,
  Clock,
  DatagramHandler,
  Disk,
  Incarnation,
  Link,
  LinkHandler,
  LogFields,
  Logger,
  Multicast,
  Network,
  NetworkHandler,
} from '@ring/platform'
import { address, below, type NodeName, nextIncarnation, type Peer } from '@ring/platform'
import { type DiskOptions, SimulatedDisk } from '../simulated-disk.ts'
import type { SeededRandom } from '../time/seeded-random.ts'
import { type ClockOptions, SimulatedMachineClock, type Timeline } from '../time/simulated-clock.ts'
import type { TraceLine } from '../trace.ts'
import { Life } from './life.ts'
import { NetworkHost, type NetworkIdentity } from './network-host.ts'
import { connectLinks, type LinkOptions } from './simulated-link.ts'
import type { SimulatedNetwork } from './simulated-network.ts'

/** What one life of a process is given: the platform's interfaces, and nothing real. */
export interface NodeEnvironment {
  readonly name: NodeName
  readonly address: Address
  /** Above that of every earlier life of this node. */
  readonly incarnation: Incarnation
  readonly clock: Clock
  readonly random: SeededRandom
  readonly disk: Disk
  readonly log: Logger
  /** Joins the control network. Incarnation and role default to this life's own and to `server`. */
  network(handler: NetworkHandler, identity?: Partial<NetworkIdentity>): Network
  /** Joins a multicast group: datagrams to all in it, this socket included, and answers to one. */
  multicast(group: string, handler: DatagramHandler): Multicast
  /** Accepts data links: for each, `accept` gives the handler, or `undefined` to refuse it. */
  listen(accept: (from: Peer, link: Link) => LinkHandler | undefined): void
  /**
   * Opens a data link; `done` gets it, and who is at its other end; or `undefined` where nobody can be reached. Neither the
   * handler nor who accepted hears of it before `done` has returned.
   */
  dial(to: NodeName, handler: LinkHandler, done: Dialled, options?: LinkOptions): void
  /** Adds a line to the world's trace. */
  trace(line: string): void
}

/** What became of a dial. */
export type Dialled = (link: Link | undefined, peer: Peer | undefined) => void

/** What a process under test may offer besides its own; both calls are optional. A crash is never announced. */
export interface NodeProcess {
  /** The process was paused for `gapMs` milliseconds. Comes before everything that waited. */
  resumed?(gapMs: number): void
  /** The process is to end on purpose; right after this call it is gone and has said GOODBYE. */
  stop?(): void
}

export interface NodeOptions {
  readonly clock?: ClockOptions
  readonly disk?: DiskOptions
  readonly address?: Address
  /** A process on the machine of this node: no trouble of the network is between the two. */
  readonly machineOf?: NodeName
}

/** What a node needs of its world. */
export interface NodeSurroundings {
  readonly timeline: Timeline
  readonly network: SimulatedNetwork
  readonly random: SeededRandom
  readonly trace: (line: TraceLine) => void
  readonly nodeNamed: (name: NodeName) => SimulatedNode | undefined
}

/** A machine with a disk and clocks, and the lives of one process on it. */
export class SimulatedNode<P extends object = object> {
  readonly name: NodeName
  readonly address: Address
  readonly clock: SimulatedMachineClock
  readonly disk: SimulatedDisk
  readonly #surroundings: NodeSurroundings
  readonly #start: (environment: NodeEnvironment) => P
  readonly #random: SeededRandom
  #life: Life
  #lives = 0
  #process: P | undefined
  #incarnation = 0
  #pausedAtMs = 0
  #identity: NetworkIdentity | undefined
  #accept: ((from: Peer, link: Link) => LinkHandler | undefined) | undefined

  constructor(
    surroundings: NodeSurroundings,
    name: NodeName,
    start: (environment: NodeEnvironment) => P,
    options: NodeOptions = {},
  ) {
    this.name = name
    this.address = options.address ?? address(name.includes(':') ? name : `${name}:8020`)
    this.#surroundings = surroundings
    this.#start = start
    this.#random = surroundings.random.fork(`node ${name}`)
    this.clock = new SimulatedMachineClock(surroundings.timeline, options.clock)
    this.disk = new SimulatedDisk(surroundings.timeline, this.#random.fork('disk'), options.disk)
    surroundings.network.place(name, this.address)
    if (options.machineOf !== undefined) surroundings.network.connectivity.place(name, options.machineOf)
    this.#life = this.#newLife()
  }

  /** What `start` returned for the present life; `undefined` while the process is down. */
  get process(): P | undefined {
    return this.#process
  }

  get isUp(): boolean {
    return this.#life.isAlive
  }

  /** When it was paused last, in milliseconds of the world. */
  get pausedAtMs(): number {
    return this.#pausedAtMs
  }

  get isPaused(): boolean {
    return this.#life.isAlive && !this.#life.isRunning
  }

  /** The process is gone from one moment to the next; a write under way is torn. */
  crash(): void {
    if (!this.isUp) return
    this.#surroundings.trace(`crash ${this.name}`)
    this.disk.crash()
    this.#end()
  }

  /** The process ends on purpose and says GOODBYE. Nothing happens while it is paused. */
  stop(): void {
    if (!this.#life.isRunning) return
    this.#surroundings.trace(`stop ${this.name}`)
    this.#asProcess()?.stop?.()
    this.#surroundings.network.sayGoodbye(this.name)
    this.disk.crash()
    this.#end()
  }

  /** Starts the process again (after a crash if it still runs), with its disk or with an empty one. */
  restart(disk: 'kept' | 'empty' = 'kept'): void {
    this.crash()
    if (disk === 'empty') this.disk.forget()
    this.#life = this.#newLife()
  }

  /**
   * Stops the process as SIGSTOP does: what arrives waits. With `clock: 'stops'` its monotonic clock stands still
   * too, as in a suspended virtual machine.
   */
  pause(clock: 'runs' | 'stops' = 'runs'): void {
    if (!this.#life.isRunning) return
    this.#surroundings.trace(`pause ${this.name}`)
    this.#pausedAtMs = this.#surroundings.timeline.nowMs
    this.#life.pause()
    if (clock === 'stops') this.clock.stop()
  }

  resume(): void {
    if (!this.isPaused) return
    const gapMs = this.#surroundings.timeline.nowMs - this.#pausedAtMs
    this.#surroundings.trace(`resume ${this.name} after ${Math.round(gapMs)} ms`)
    this.clock.goOn()
    this.#life.resume(() => this.#asProcess()?.resumed?.(gapMs))
  }

  /** Takes a data link that somebody dialled. */
  accept(from: Peer, link: Link): LinkHandler | undefined {
    return this.#accept?.(from, link)
  }

  get life(): Life {
    return this.#life
  }

  /** As the process shows itself to others now. */
  get peer(): Peer {
    const { incarnation, role } = this.#identity ?? { incarnation: this.#incarnation as Incarnation, role: 'server' }
    return { name: this.name, incarnation, role }
  }

  #asProcess(): NodeProcess | undefined {
    return this.#process
  }

  #end(): void {
    this.#life.end()
    this.#process = undefined
    this.#accept = undefined
    this.clock.goOn()
  }

  #newLife(): Life {
    const life = new Life(++this.#lives)
    this.#life = life
    this.#surroundings.trace(`start ${this.name} #${life.number}`)
    this.#incarnation = nextIncarnation(this.#incarnation, this.clock.wallMs(), below(this.#random, 1024))
    this.#process = this.#start(this.#environment(life))
    return life
  }

  #environment(life: Life): NodeEnvironment {
    const { network, trace } = this.#surroundings
    const own = this.#incarnation as Incarnation
    this.#identity = undefined
    return {
      name: this.name,
      address: this.address,
      incarnation: own,
      clock: this.clock.forLife(life),
      random: this.#random.fork(`life ${life.number}`),
      disk: this.disk.forLife(life),
      log: this.#logger(),
      network: (handler, given) => {
        const identity: NetworkIdentity = { incarnation: own, role: 'server', ...given }
        this.#identity = identity
        const traffic = network.book.of(this.name)
        const host = new NetworkHost({ name: this.name, ...identity }, this.address, life, traffic, handler)
        const joined = network.attach(host)
        return {
          ...joined,
          beginLife: (incarnation) => {
            this.#identity = { ...identity, incarnation }
            joined.beginLife(incarnation)
          },
        }
      },
      multicast: (group, handler) => {
        const traffic = network.book.of(this.name)
        return network.joinMulticast(group, { name: this.name, address: this.address, life, traffic }, handler)
      },
      listen: (accept) => {
        this.#accept = accept
      },
      dial: (to, handler, done, options) => {
        this.#dial(life, to, handler, done, options)
      },
      trace: (line) => {
        trace(() => `${this.name}: ${line}`)
      },
    }
  }

  #dial(life: Life, to: NodeName, handler: LinkHandler, done: Dialled, options?: LinkOptions): void {
    const { network, timeline, nodeNamed } = this.#surroundings
    const far = nodeNamed(to)
    const { connectivity } = network
    const isOpen = connectivity.shutAt(to) === undefined
    const canTalk = isOpen && connectivity.reaches(this.name, to) && connectivity.reaches(to, this.name)
    // Who is stopped lets its machine accept, and says nothing.
    const isAnswered = canTalk && far?.isPaused !== true
    const delayMs = isAnswered ? network.options.delay.meanMs * 2 : network.options.breakAfterMs
    timeline.queue.push(timeline.nowMs + delayMs, () => {
      if (!life.isAlive) return
      const link = canTalk && far?.life.isRunning === true ? this.#connect(life, far, handler, options) : undefined
      const peer = link && far?.peer
      life.deliver(() => {
        done(link, peer)
      })
    })
  }

  #connect(life: Life, far: SimulatedNode, handler: LinkHandler, options?: LinkOptions) {
    const { network } = this.#surroundings
    const [near, remote] = connectLinks(network, { name: this.name, life }, { name: far.name, life: far.life }, options)
    near.listen(handler)
    network.opened(this.name, far.name, [near, remote])
    const accepted = far.accept(this.peer, remote)
    if (accepted !== undefined) remote.listen(accepted)
    else remote.destroy()
    return accepted === undefined ? undefined : near
  }

  #logger(): Logger {
    const line =
      (level: string) =>
      (fields: LogFields, message: string): void => {
        this.#surroundings.trace(() => `${this.name} ${level}: ${message} ${JSON.stringify(fields)}`)
      }
    const error = line('error')
    return {
      ...{ debug: line('debug'), info: line('info'), warn: line('warn') },
      error: (fields, message) => {
        error(fields, message)
        // Whoever listens in a simulated world checks something: what it throws is for the run to hear.
        if (fields.event === 'listener.failed' && 'err' in fields) throw fields['err']
      },
    }
  }
}
