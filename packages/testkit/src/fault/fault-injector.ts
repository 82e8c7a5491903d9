import type { NodeName } from '@ring/platform'
import type { NetworkOptions } from '../network/network-options.ts'
import type { World } from '../world.ts'
import type { Fault, Recording } from './fault.ts'

/** Does faults to a world. What it was like when this was made is what it is healed to. */
export class FaultInjector {
  readonly #world: World
  readonly #ordinary: NetworkOptions
  readonly #ordinaryRates = new Map<NodeName, number>()

  constructor(world: World) {
    this.#world = world
    this.#ordinary = world.network.options
  }

  /** Begins one fault; what it returns ends it. Whichever of two overlapping faults of one kind ends first ends both. */
  begin(fault: Fault): () => void {
    switch (fault.kind) {
      case 'crash':
      case 'forget':
        return this.#crash(fault.node, fault.kind === 'forget')
      case 'pause':
        return this.#pause(fault.node, fault.clock)
      case 'wall-jump':
        this.#world.note(`wall clock of ${fault.node} jumps by ${fault.byMs} ms`)
        this.#world.node(fault.node).clock.jumpWall(fault.byMs)
        return nothing
      case 'silent-links': {
        const [one, other] = fault.between
        this.#world.note(`${fault.plane} links of ${one} and ${other} fall silent`)
        this.#world.network.silence(fault.plane, one, other)
        return nothing
      }
      case 'clock-rate':
        return this.#clockRate(fault.node, fault.rate)
      case 'full-disk':
        return this.#fullDisk(fault.node, fault.probability)
      case 'cut':
      case 'refuse':
      case 'partition':
      case 'isolate':
        return this.#disconnect(fault)
      case 'slow-network':
      case 'narrow-network':
      case 'loss':
      case 'duplication':
        return this.#degrade(fault)
    }
  }

  /** Ends what is wrong with the network: cuts, delay, loss, bandwidth. */
  healNetwork(): void {
    this.#world.network.connectivity.heal()
    this.#world.network.options = this.#ordinary
  }

  /** Ends everything: heals the network, and these nodes run again, with good disks and ordinary clocks. */
  heal(nodes: readonly NodeName[]): void {
    this.healNetwork()
    for (const [name, rate] of this.#ordinaryRates) this.#setRate(name, rate)
    for (const name of nodes) {
      const node = this.#world.node(name)
      node.disk.options = { ...node.disk.options, writeFailure: 0 }
      node.resume()
      if (!node.isUp) node.restart()
    }
  }

  #crash(name: NodeName, forgets: boolean): () => void {
    const node = this.#world.node(name)
    if (!node.isUp) return nothing
    if (forgets) this.#world.note(`disk of ${name} is exchanged for an empty one`)
    node.crash()
    if (forgets) node.disk.forget()
    return () => {
      if (!node.isUp) node.restart()
    }
  }

  #pause(name: NodeName, clock: 'runs' | 'stops'): () => void {
    const node = this.#world.node(name)
    node.pause(clock)
    return () => {
      node.resume()
    }
  }

  #clockRate(name: NodeName, rate: number): () => void {
    const { clock } = this.#world.node(name)
    const ordinary = this.#ordinaryRates.get(name) ?? clock.rate
    this.#ordinaryRates.set(name, ordinary)
    this.#setRate(name, rate)
    return () => {
      this.#setRate(name, ordinary)
    }
  }

  #setRate(name: NodeName, rate: number): void {
    const { clock } = this.#world.node(name)
    if (clock.rate === rate) return
    this.#world.note(`clocks of ${name} run at ${rate}`)
    clock.setRate(rate)
  }

  #fullDisk(name: NodeName, probability: number): () => void {
    const { disk } = this.#world.node(name)
    if (disk.options.writeFailure > 0) return nothing
    this.#world.note(`disk of ${name} fails`)
    disk.options = { ...disk.options, writeFailure: probability }
    return () => {
      disk.options = { ...disk.options, writeFailure: 0 }
    }
  }

  #disconnect(fault: Extract<Fault, { kind: 'cut' | 'refuse' | 'partition' | 'isolate' }>): () => void {
    const world = this.#world
    const { connectivity } = world.network
    switch (fault.kind) {
      case 'cut': {
        const ways = fault.from.flatMap((from) => fault.to.map((to) => [from, to] as const))
        world.note(`cut ${fault.from.join(',')} > ${fault.to.join(',')}`)
        for (const [from, to] of ways) connectivity.cut(from, to)
        return () => {
          world.note(`mend ${fault.from.join(',')} > ${fault.to.join(',')}`)
          for (const [from, to] of ways) connectivity.mend(from, to)
        }
      }
      case 'refuse':
        world.note(`refuse ${fault.from} > ${fault.to}`)
        connectivity.refuse(fault.from, fault.to)
        return () => {
          world.note(`admit ${fault.from} > ${fault.to}`)
          connectivity.admit(fault.from, fault.to)
        }
      case 'partition':
        world.note(`partition ${fault.groups.map((names) => names.join(',')).join(' | ')}`)
        connectivity.partition(fault.groups)
        return () => {
          world.note('partition ends')
          connectivity.partition([])
        }
      case 'isolate':
        world.note(`isolate ${fault.node} ${fault.way}`)
        connectivity.isolate(fault.node, fault.way)
        return () => {
          world.note(`rejoin ${fault.node} ${fault.way}`)
          connectivity.rejoin(fault.node, fault.way)
        }
    }
  }

  #degrade(fault: Extract<Fault, { kind: 'slow-network' | 'narrow-network' | 'loss' | 'duplication' }>): () => void {
    switch (fault.kind) {
      case 'slow-network': {
        const { delay } = this.#ordinary
        this.#world.note(`network slower by ${fault.factor.toFixed(1)}`)
        return this.#change({ delay: { minMs: delay.minMs, meanMs: delay.meanMs * fault.factor } }, { delay })
      }
      case 'narrow-network': {
        const { bandwidth } = this.#ordinary
        this.#world.note(`machines send no more than ${fault.bytesPerSecond} bytes a second`)
        return this.#change({ bandwidth: { ...bandwidth, machineBytesPerSecond: fault.bytesPerSecond } }, { bandwidth })
      }
      case 'loss':
        return this.#change({ loss: fault.probability }, { loss: this.#ordinary.loss })
      case 'duplication':
        return this.#change({ duplication: fault.probability }, { duplication: this.#ordinary.duplication })
    }
  }

  #change(now: Partial<NetworkOptions>, later: Partial<NetworkOptions>): () => void {
    const { network } = this.#world
    network.options = { ...network.options, ...now }
    return () => {
      network.options = { ...network.options, ...later }
    }
  }
}

/**
 * Does precisely what a recording says: each fault at its time, and healing at its end. On a world of the same seed, made
 * the same way, what follows is the same to the last event.
 */
export function replay(world: World, recording: Recording): void {
  const injector = new FaultInjector(world)
  for (const { atMs, forMs, fault } of recording.faults) {
    const begin = (): void => {
      const end = injector.begin(fault)
      world.at(Math.min(recording.untilMs, atMs + forMs), end)
    }
    // What is to hold from now on holds for this very moment, too.
    if (atMs <= world.nowMs) begin()
    else world.at(atMs, begin)
  }
  world.at(recording.untilMs, () => {
    world.note('quiet')
    injector.heal(recording.nodes)
  })
}

function nothing(): void {
  // This fault needs no end.
}
