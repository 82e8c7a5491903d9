import { MembershipDriver, timingOf } from '@ring/gms'
import { variants as membershipVariants } from '@ring/gms/simulation'
import { viewMerging } from '@ring/merge'
import {
  FrameType,
  lengthBytes,
  Offset,
  Relay,
  type RelayPort,
  type RelayRules,
  readU32,
  soundRelayRules,
} from '@ring/messaging/simulation'
import {
  DeliveryGate,
  type Incarnation,
  type Link,
  type LinkHandler,
  type NodeName,
  PauseWatch,
  silent,
} from '@ring/platform'
import type { NodeEnvironment } from '@ring/testkit'
import { FollowedGroup } from '../followed-group.ts'

const tickMs = 20
const { detectMs } = timingOf('default')

/** What can be taken out of a node's gate, to see that the simulation would notice. */
export interface GateRules {
  /** M3: the rules of the relay. */
  readonly relay: RelayRules
  /** M3: after an expulsion only another life opens. Without it a second pause does, if it is short. */
  readonly expulsionLasts: boolean
  /** M3: short stops add up. */
  readonly stopsAddUp: boolean
  /** M3: a program asks before it starts handlers. */
  readonly programsAsk: boolean
  readonly membership: (typeof membershipVariants)[keyof typeof membershipVariants] | undefined
}

export const soundGate: GateRules = {
  relay: soundRelayRules,
  expulsionLasts: true,
  stopsAddUp: true,
  programsAsk: true,
  membership: undefined,
}

export interface GatedNodeOptions {
  readonly servers: readonly NodeName[]
  readonly quorum: 'none' | 'majority'
  readonly rules: GateRules
  readonly program: NodeName
  /** A view was installed here, with these lives in it. */
  readonly onLives: (lives: ReadonlySet<string>, lineage: string, version: number) => void
  /** A request was handed on to the program, by this life. */
  readonly onPassed: (id: number, life: string) => void
}

type Named = { readonly name: string; readonly incarnation: number }

const lifeOf = (lineage: string, { name, incarnation }: Named) => `${lineage} ${incarnation} ${name}`

/** A server as `ring-node` wires it: pause watch, membership, gate and relay, with a program in another process. */
export class GatedNode {
  readonly membership: MembershipDriver
  readonly gate: DeliveryGate
  readonly #relay: Relay
  readonly #watch: PauseWatch
  readonly #peer: RelayPort
  readonly #options: GatedNodeOptions
  readonly #name: NodeName

  constructor(environment: NodeEnvironment, options: GatedNodeOptions) {
    const { clock, name, incarnation } = environment
    const { rules } = options
    this.#options = options
    this.#name = name
    this.gate = new DeliveryGate(incarnation)
    this.#relay = new Relay({ name, incarnation }, clock.monotonicMs(), this.gate, rules.relay)
    this.#watch = new PauseWatch(clock, { windowMs: rules.stopsAddUp ? detectMs : Number.POSITIVE_INFINITY })
    this.membership = this.#member(environment)
    this.#watch.onResumed((gapMs, awayMs) => {
      this.membership.resumed(gapMs, rules.stopsAddUp ? awayMs : gapMs)
      this.#relay.resumed(gapMs)
      if (!rules.expulsionLasts && this.gate.ofAccepted === 'expelled') this.gate.beginLife(this.membership.incarnation)
    })
    this.#peer = this.#relay.attachPeer(unread, 'peer', 1)
    const handler = {
      onMessage: (...message: Parameters<MembershipDriver['onMessage']>) => {
        this.#watch.check()
        this.membership.onMessage(...message)
      },
      onLinkUp: (...link: Parameters<MembershipDriver['onLinkUp']>) => this.membership.onLinkUp(...link),
      onLinkDown: (...link: Parameters<MembershipDriver['onLinkDown']>) => {
        this.#watch.check()
        this.membership.onLinkDown(...link)
      },
    }
    const network = environment.network(handler, { role: 'server', incarnation })
    this.#attach(environment)
    this.#watch.start()
    this.membership.start(network)
    const tick = () => {
      this.#watch.check()
      this.#relay.tick(clock.monotonicMs())
      clock.after(tickMs, tick)
    }
    tick()
  }

  /** This life, in the lineage that it follows. */
  get life(): string {
    return lifeOf(this.membership.record?.lineage ?? '', { name: this.#name, incarnation: this.membership.incarnation })
  }

  /** Frames of a peer. */
  receive(frame: Uint8Array): void {
    this.#relay.time(this.#watch.check())
    const bytes = frame.slice()
    this.#relay.onFrames(this.#peer, bytes, 0, bytes.length)
  }

  #member({ name, incarnation, address, clock, random, disk, log }: NodeEnvironment): MembershipDriver {
    const { servers, quorum, rules } = this.#options
    const logger = { ...silent, error: log.error }
    const group = new FollowedGroup({
      ...{ name, logger, gate: this.gate, disk: undefined },
      membership: () => this.membership,
      messaging: () => this.#messaging(name),
      followed: () => undefined,
      changed: () => undefined,
    })
    const told = group.onView.bind(group)
    group.onView = (record, change) => {
      const { lineage, version, view } = record
      this.#options.onLives(new Set(view.members.map((member) => lifeOf(lineage, member))), lineage, version)
      told(record, change)
    }
    return new MembershipDriver(
      {
        ...{ name, role: 'server', incarnation, address, quorum, detect: 'default', clock, random, disk, logger },
        servers: servers.map((server) => ({ name: server, address: server as never })),
        merging: viewMerging(),
      },
      group,
      rules.membership,
    )
  }

  #messaging(name: NodeName) {
    return {
      setRouting: (routing: Parameters<Relay['setRouting']>[0]) => this.#relay.setRouting(routing),
      beginLife: (incarnation: Incarnation) => this.#relay.beginLife({ name, incarnation }),
    }
  }

  /** The program's socket; what is handed on is noted with the life that does it. */
  #attach(environment: NodeEnvironment): void {
    const { program, rules, onPassed } = this.#options
    let port: RelayPort | undefined
    const handler: LinkHandler = {
      onFrames: (_link, bytes, start, end) => {
        this.#relay.time(this.#watch.check())
        this.#relay.onFrames(port!, bytes, start, end)
      },
      onDrain: () => undefined,
      onClosed: () => undefined,
    }
    environment.dial(program, handler, (link) => {
      if (!link) throw new Error('no program')
      port = this.#relay.attachProgram(
        noting(link, (id) => onPassed(id, this.life)),
        program,
        true,
        rules.programsAsk,
      )
    })
  }
}

function noting(link: Link, passed: (id: number) => void): Link {
  return {
    get isOpen() {
      return link.isOpen
    },
    get queuedBytes() {
      return link.queuedBytes
    },
    write: (bytes, start, end) => {
      for (let at = start; at < end; at += lengthBytes + readU32(bytes, at))
        if (bytes[at + Offset.type] === FrameType.request) passed(readU32(bytes, at + Offset.requestId))
      link.write(bytes, start, end)
    },
    close: () => link.close(),
    destroy: () => link.destroy(),
  }
}

/** The way back to the peer: nobody looks. */
const unread: Link = {
  isOpen: true,
  queuedBytes: 0,
  write: () => undefined,
  close: () => undefined,
  destroy: () => undefined,
}
