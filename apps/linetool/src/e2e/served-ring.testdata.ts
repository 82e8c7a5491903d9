import {
  ControlServer,
  type ControlTarget,
  chmpxOutcome,
  type LifecycleCommand,
  type LifecycleOptions,
  nodeLabel,
  type Outcome,
} from '@ring/control-protocol'
import { freshPorts } from '@ring/testkit'
import { SimulatedRing, type SimulatedRingOptions } from '../core/ring/simulated-ring.testdata.ts'

/** A simulated ring whose nodes have real control ports on this machine. */
export class ServedRing {
  readonly ring: SimulatedRing
  readonly told: string[] = []
  readonly #servers: ControlServer[] = []
  readonly #byLabel = new Map<string, ControlServer>()

  private constructor(ring: SimulatedRing) {
    this.ring = ring
  }

  /** @param options.firstPort where their ports begin; else where no other test has any */
  static async open({
    servers = 3,
    slaves = 1,
    firstPort,
    ...options
  }: SimulatedRingOptions & { readonly firstPort?: number } = {}): Promise<ServedRing> {
    const first = firstPort ?? freshPorts(servers + slaves)
    const ports = Array.from({ length: servers + slaves }, (_, place) => first + place)
    const served = new ServedRing(new SimulatedRing({ servers, slaves, ...options, ports }))
    for (const [place, label] of served.ring.labels.entries()) {
      const server = new ControlServer({
        target: served.#target(label),
        listen: { hosts: ['127.0.0.1'], port: ports[place]! },
        access: () => 'change',
      })
      await server.start()
      served.#servers.push(server)
      served.#byLabel.set(label, server)
    }
    return served
  }

  get labels(): readonly string[] {
    return this.ring.labels
  }

  /** What names the first node to the tool. */
  get start(): readonly string[] {
    return ['--host', this.labels[0]!]
  }

  kill(label: string): void {
    this.ring.kill(label)
    this.#byLabel.get(label)!.stop()
  }

  close(): void {
    for (const server of this.#servers) server.stop()
  }

  #target(label: string): ControlTarget {
    return {
      version: '0.5.0',
      dump: () => this.ring.dumps.get(label)!,
      execute: (command, options) => Promise.resolve(this.#execute(label, command, options)),
    }
  }

  /** The lifecycle without data: what is begun is done. */
  #execute(label: string, command: LifecycleCommand, { plan }: LifecycleOptions): Outcome {
    this.told.push(`${label} ${command.name}`)
    if (plan) return chmpxOutcome('done', ['342 of 1024 partitions would move'])
    switch (command.name) {
      case 'SERVICEOUT':
        this.ring.state(nodeLabel(command.server), { action: 'delete', progress: 'pending' })
        break
      case 'SERVICEIN':
        this.ring.state(label, { ring: 'in', action: 'add', progress: 'pending' })
        break
      case 'SUSPENDMERGE':
      case 'NOSUSPENDMERGE':
        this.ring.change(undefined, () => ({ isSuspended: command.name === 'SUSPENDMERGE' }))
        break
      case 'UPDATESTATUS':
        break
      default:
        this.#merge(command.name)
    }
    this.#countSlots()
    return chmpxOutcome('done')
  }

  /** As CHMPX counts them: those in service, without who comes, or without who goes. */
  #countSlots(): void {
    const servers = [...this.ring.dumps.values()].map(({ self }) => self).filter(({ mode }) => mode === 'server')
    const slots = (without: 'add' | 'delete') =>
      servers.filter(({ state }) => state.ring === 'in' && state.action !== without).map(({ id }) => id)
    const [now, then] = [slots('add'), slots('delete')]
    const slotOf = (list: readonly string[], id: string) => (list.includes(id) ? list.indexOf(id) : undefined)
    for (const server of servers) {
      const [baseHash, pendingHash] = [slotOf(now, server.id), slotOf(then, server.id)]
      this.ring.renumber(nodeLabel(server), baseHash, pendingHash)
    }
  }

  #merge(name: 'MERGE' | 'COMPMERGE' | 'ABORTMERGE'): void {
    for (const label of this.labels) {
      const { state } = this.ring.dumps.get(label)!.self
      if (name === 'MERGE' && state.progress === 'pending') this.ring.state(label, { progress: 'done' })
      if (name === 'COMPMERGE' && state.progress === 'done') {
        const ring = state.action === 'delete' ? 'out' : 'in'
        this.ring.state(label, { ring, action: 'none', progress: 'nothing' })
      }
      if (name === 'ABORTMERGE' && state.action !== 'none') {
        const ring = state.action === 'add' ? 'out' : 'in'
        this.ring.state(label, { ring, action: 'none', progress: 'nothing' })
      }
    }
  }
}
