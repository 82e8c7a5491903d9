import { tcpping } from '@ring/discovery'
import type { DataPlane } from '@ring/messaging'
import type { Incarnation, Link, LinkHandler, Peer } from '@ring/platform'
import type { NodeEnvironment } from '@ring/testkit'
import type { NodePart } from '../parts/node-part.ts'
import type { CoreSettings } from '../running/core-settings.ts'
import { NodeCore } from '../running/node-core.ts'
import type { NodeRules } from '../running/node-rules.ts'
import type { NetworkOwner, NodeNetwork, ProgramEntrance } from '../running/node-surroundings.ts'
import { notingFrames } from './noting-link.ts'
import { nodes, partitions, programs, servers, slave } from './ring-layout.ts'
import { simulatedDialer } from './simulated-dialer.ts'
import { simulatedLoop } from './simulated-loop.ts'

export type Quorum = 'none' | 'majority'

export interface NodeProcessOptions {
  readonly quorum: Quorum
  /** Of a server whose disk was exchanged (rule R7). */
  readonly joinOnly: boolean
  readonly rules: NodeRules
  readonly parts: readonly NodePart[]
  /** Programs ask before they start handlers. */
  readonly programsAsk: boolean
  /** A request is handed to a program behind a link: the first bytes of its body. */
  readonly onHandedOn: (body: Uint8Array) => void
  /** What the configuration says otherwise than that all serve at once, without data. */
  readonly settings?: Partial<CoreSettings['configuration']['global'] & Pick<CoreSettings['ring'], 'rebalanceDelay'>>
  /** Says GOODBYE on the control links. */
  readonly sayGoodbye: () => void
}

/** The process of `ring-node` in a simulated world: the core that a machine runs, with what the world has for a machine. */
export class NodeProcess {
  readonly core: NodeCore
  readonly #environment: NodeEnvironment
  readonly #options: NodeProcessOptions
  #plane: DataPlane | undefined
  #isListening = false

  constructor(environment: NodeEnvironment, options: NodeProcessOptions) {
    this.#environment = environment
    this.#options = options
    const { clock, random, disk, log } = environment
    this.core = new NodeCore(
      settingsOf(environment, options),
      {
        ...{ clock, random, disk, logger: { ...log, debug: () => undefined } },
        ...{ parts: options.parts, loop: simulatedLoop(clock) },
        discovery: { protocol: tcpping(), start: () => Promise.resolve(), stop: () => undefined },
        network: (life, owner) => this.#network(life, owner),
        openTo: (plane) => Promise.resolve(this.#openTo(plane)),
      },
      options.rules,
    )
  }

  #network(incarnation: Incarnation, owner: NetworkOwner): NodeNetwork {
    const environment = this.#environment
    const control = environment.network(owner, { role: roleOf(environment), incarnation })
    environment.listen((from, link) => this.#accept(owner, from, link))
    return {
      control,
      dialer: simulatedDialer(environment),
      start: () => {
        this.#isListening = true
        return Promise.resolve()
      },
      stop: () => {
        this.#isListening = false
        this.#options.sayGoodbye()
      },
    }
  }

  #openTo(plane: DataPlane): ProgramEntrance {
    this.#plane = plane
    return { isThere: true, close: () => Promise.resolve() }
  }

  #accept(owner: NetworkOwner, from: Peer, link: Link): LinkHandler | undefined {
    if (!this.#isListening) return undefined
    if (nodes.includes(from.name)) {
      return owner.lifeRefusal(from)
        ? undefined
        : owner.onDataLink(from, link, { pings: true, services: true, credit: true })
    }
    const role = programs.find(({ name }) => name === from.name)?.role ?? 'client'
    const identity = {
      group: '',
      program: from.name,
      role,
      pid: 1,
      asks: this.#options.programsAsk,
      services: true,
      credit: true,
    }
    if (!this.#plane || this.#plane.refusalOf(identity)) return undefined
    return this.#plane.acceptProgram(identity, notingFrames(link, this.#options.onHandedOn))
  }
}

function roleOf({ name }: NodeEnvironment): 'server' | 'slave' {
  return name === slave ? 'slave' : 'server'
}

function settingsOf(environment: NodeEnvironment, { quorum, joinOnly, settings }: NodeProcessOptions): CoreSettings {
  const { name, address } = environment
  return {
    ...{ name, address, witness: false, metadata: undefined },
    servers: servers.map((server) => ({ name: server, address: server as never })),
    self: { role: roleOf(environment) },
    ring: {
      ...{ quorum, detect: 'default', forgetful: false, joinOnly, expect: undefined },
      ...{ placement: 'ring', partitions, rebalanceDelay: settings?.rebalanceDelay ?? 0, stopTimeout: 10_000 },
    },
    configuration: {
      global: {
        ...({ deliverMode: 'hash', replica: 1, mergesByItself: true, doMerge: false, mergeTimeoutS: 0 } as const),
        ...settings,
      },
    },
  }
}
