import type { RoutedServer, Routing } from '@ring/placement'
import {
  DeliveryGate,
  type Link,
  type LinkClosed,
  type LinkHandler,
  Listeners,
  type Logger,
  type Peer,
  RingError,
} from '@ring/platform'
import { isLonePing } from './core/frames/ping-frame.ts'
import { Relay } from './core/relay/relay.ts'
import type { RelayPort } from './core/relay/relay-port.ts'
import type { RelayRules } from './core/relay/rules.ts'
import { verdictOf } from './core/relay/waiting/verdict.ts'
import { DataLinks, type LinkAgreement } from './data-links.ts'
import type { AttachedProgram, DataPlaneOptions } from './data-plane-options.ts'
import { DirectLink, handOn } from './direct-link.ts'
import { type Embedded, type EmbeddingNode, type EmbedOptions, embedProgram } from './embedded.ts'
import { processLoop } from './event-loop.ts'
import { LinkWatch } from './link-watch.ts'
import type { Program } from './program.ts'
import { type ProgramIdentity, roleOf } from './program-handshake.ts'
import { Pulse } from './pulse.ts'
import { encodeRouting } from './routing-notice.ts'

/** Half of the usual detection time: who is away for longer may be given up. */
const defaultPauseMs = 1_500
const defaultDetectMs = 3_000
/** As long as a node that stops lets its requests run. */
const leavingMsMax = 5_000

/** Connects the links of a node with its relay: programs by socket and embedded, servers it asks, peers that ask. */
export class NodeLinks {
  readonly relay: Relay
  isStopping = false
  readonly programsChanged: Listeners
  /** Told once, when {@link NodeLinks.hasBeenLinked} comes true. */
  readonly linked: Listeners
  readonly drained: Listeners<readonly [closingVersion: number]>
  /** Whether, at one moment since there is a routing, all its servers were linked or known to be out of reach. */
  hasBeenLinked = false
  /** How long a word that handlers may be started counts, from its question on. */
  readonly wordMs: number
  private readonly options: DataPlaneOptions
  private readonly logger: Logger
  private readonly dataLinks: DataLinks
  private readonly gate: DeliveryGate
  private readonly pulse: Pulse
  private readonly watch: LinkWatch
  private readonly attached = new Map<RelayPort, AttachedProgram>()
  private readonly embedded = new Map<RelayPort, Embedded>()
  private readonly peers = new Set<Link>()
  private readonly servers = new Map<Link, RelayPort>()
  /** Servers that leave in order and still answer, and until when that is waited for. */
  private readonly leaving = new Map<RelayPort, number>()
  private routing: Routing | undefined
  private readonly embedding: EmbeddingNode

  /** @param rules only a simulation takes one out */
  constructor(options: DataPlaneOptions, logger: Logger, rules?: RelayRules) {
    this.options = options
    this.logger = logger
    this.programsChanged = new Listeners('onProgramsChanged()', 'programs', logger)
    this.linked = new Listeners('onLinked()', 'linked', logger)
    this.drained = new Listeners('onDrained()', 'drained', logger)
    const { clock, random, dialer, name, incarnation, role, gate = new DeliveryGate(incarnation) } = options
    const { loop = processLoop } = options
    this.wordMs = options.pauseMs ?? defaultPauseMs
    this.gate = gate
    this.relay = new Relay(role === 'server' ? { name, incarnation } : undefined, clock.monotonicMs(), gate, rules)
    this.relay.onDrained = (version) => {
      // Not amid what the relay is doing: who is told may want something of it.
      loop.afterTurn(() => {
        this.drained.tell(version)
      }, undefined)
    }
    const world = { clock, random, dialer, openingMs: 2 * this.wordMs }
    this.dataLinks = new DataLinks(role === 'server' ? name : '', world, {
      onOpening: (server) => {
        this.relay.setOpening(server, true)
      },
      onSettled: (server) => {
        this.relay.setOpening(server, false)
        this.lookForLinks()
      },
      onOpen: (server, link, agreed) => this.addServer(server, link, agreed),
      onFailed: (server, error, retryMs) => {
        logger.debug(
          { event: 'data-link.failed', server: server.name, error: error.message, retryMs },
          'no data link to a server',
        )
      },
      onLeft: (link, inOrder) => this.serverLeft(link, inOrder),
    })
    this.pulse = new Pulse(
      clock,
      {
        onTick: (nowMs) => {
          this.tick(nowMs)
        },
        onPause: (gapMs) => {
          this.relay.resumed(gapMs)
          this.watch.resumed(gapMs)
          for (const { endpoint } of this.embedded.values()) endpoint.resumed(gapMs)
        },
        onTime: (nowMs) => {
          this.relay.time(nowMs)
        },
        isIdle: () => this.isIdle,
      },
      options.pauseWatch,
    )
    this.watch = new LinkWatch(clock, options.detectMs ?? defaultDetectMs, {
      look: () => this.pulse.look(),
      onSilent: (port, verdict, silenceMs) => {
        this.fellSilent(port, verdict, silenceMs)
      },
    })
    const { pulse, relay } = this
    this.embedding = {
      clock,
      loop,
      logger,
      stir: () => {
        pulse.stir()
      },
      get inputMs() {
        return relay.nowMs
      },
      admission: {
        verdict: () => {
          pulse.checkPause()
          return verdictOf(gate.ofAccepted)
        },
      },
    }
    gate.onChange(() => {
      // Not at once: whoever moved the gate is in the middle of it, and a start looks for pauses.
      loop.afterTurn(() => {
        for (const { endpoint } of this.embedded.values()) endpoint.responder.release()
      }, undefined)
    })
  }

  get programs(): readonly AttachedProgram[] {
    return [...this.attached.values()]
  }

  setRouting(routing: Routing): void {
    this.routing = routing
    this.dataLinks.setRouting(routing)
    // Programs first, each in the order of what it was sent: it takes what comes after that for accepted under this routing,
    // and an answer that the relay gives by it names servers by their places in it.
    this.tellRouting([...this.attached.keys()].filter((port) => !this.embedded.has(port)))
    for (const { program, nodeLink } of this.embedded.values()) {
      nodeLink.inOrder(() => {
        program.routingChanged(routing)
      })
    }
    this.relay.setRouting(routing)
    this.lookForLinks()
  }

  addProgram(identity: ProgramIdentity, link: Link): LinkHandler {
    const role = roleOf(identity)
    const { program: name, serves, pid } = identity
    const delivers = role === 'server' && this.options.role === 'server'
    const services = {
      knows: identity.services === true,
      serves,
      credit: identity.credit === true,
      moves: identity.moves === true,
    }
    const port = this.relay.attachProgram(link, name, delivers, identity.asks === true, services)
    this.attached.set(port, { name, role, ...(serves !== undefined && { service: serves }), pid })
    if (this.routing !== undefined) this.tellRouting([port])
    this.programsChanged.tell()
    return this.handlerOf(port)
  }

  /** Why no program can serve that here: frames could not tell it from another service. */
  clashOf(service: string | undefined): string | undefined {
    const other = service === undefined ? undefined : this.relay.clashOf(service)
    if (other === undefined) return undefined
    return `the service ${JSON.stringify(service)} has the same id as ${JSON.stringify(other)}, which is served here; give it another name`
  }

  /** @throws RingError `RING_ATTACH_REFUSED` when its service has the id of another one here */
  embed(options: EmbedOptions): Program {
    const one = embedProgram(this.embedding, options, this.routing)
    const { name, role, service } = options
    const clash = this.clashOf(service)
    if (clash !== undefined) throw new RingError('RING_ATTACH_REFUSED', `This program was not let in: ${clash}.`)
    const delivers = role === 'server' && this.options.role === 'server'
    const port = this.relay.attachProgram(one.nodeLink, name, delivers, false, {
      knows: true,
      serves: service,
      credit: true,
      moves: true,
    })
    one.nodeLink.handle(this.handlerOf(port))
    this.attached.set(port, { name, role, ...(service !== undefined && { service }), pid: process.pid })
    this.embedded.set(port, one)
    this.pulse.stir()
    this.programsChanged.tell()
    return one.program
  }

  addPeer(peer: Peer, link: Link, agreed?: LinkAgreement): LinkHandler {
    this.peers.add(link)
    const port = this.relay.attachPeer(link, peer.name, peer.incarnation, agreed?.services, agreed?.credit)
    if (agreed?.pings === true) this.watch.add(port)
    return this.handlerOf(port)
  }

  /** Tells the nodes that ask this one that it is about to leave: what they have out here is still answered. */
  announceLeave(): void {
    this.relay.detachAll('peer')
  }

  /** New requests are refused, here and, by DETACH, in the programs. */
  beginStop(): void {
    this.isStopping = true
    this.gate.stop()
    this.relay.detachAll('program')
  }

  closeAll(): void {
    this.pulse.stop()
    this.watch.stop()
    this.dataLinks.stop()
    for (const link of this.servers.keys()) link.destroy()
    for (const port of this.attached.keys()) port.link.close()
    for (const link of this.peers) link.close()
  }

  private addServer(server: RoutedServer, link: Link, agreed?: LinkAgreement): LinkHandler {
    const port = this.relay.attachServer(link, server.name, server.incarnation, agreed?.services, agreed?.credit)
    this.servers.set(link, port)
    if (agreed?.pings === true) this.watch.add(port)
    return this.handlerOf(port)
  }

  private tellRouting(ports: readonly RelayPort[]): void {
    if (ports.length === 0 || this.routing === undefined) return
    const frame = encodeRouting(this.routing)
    if (frame === undefined) {
      const { partitions, version } = this.routing
      this.logger.error(
        { event: 'routing.too-large', partitions, version },
        'the routing is too large for programs; use fewer partitions',
      )
      return
    }
    for (const port of ports) port.link.write(frame, 0, frame.length)
  }

  private handlerOf(port: RelayPort): LinkHandler {
    return {
      onFrames: (_link, buffer, start, end) => {
        if (isLonePing(buffer, start, end)) this.pulse.look()
        else this.pulse.beforeInput()
        port.liveness?.heard(this.relay.nowMs)
        if (port.link instanceof DirectLink) this.relay.onFrames(port, buffer, start, end)
        else handOn(this.relay, port, buffer, start, end)
      },
      onDrain: () => undefined,
      onClosed: (link, cause) => {
        this.closed(port, link, cause)
      },
    }
  }

  private closed(port: RelayPort, link: Link, cause: LinkClosed): void {
    const reason = port.fault ?? (cause.kind === 'violation' ? cause.reason : undefined)
    if (reason !== undefined)
      this.logger.warn({ event: 'link.closed', link: port.name, kind: port.kind, reason }, 'a link was closed')
    this.relay.detach(port)
    this.watch.remove(port)
    this.leaving.delete(port)
    this.servers.delete(link)
    this.peers.delete(link)
    this.embedded.delete(port)
    if (this.attached.delete(port)) this.programsChanged.tell()
  }

  private fellSilent({ name, kind, link }: RelayPort, verdict: string, silenceMs: number): void {
    this.relay.counters.silentLinks++
    this.logger.warn(
      {
        event: 'link.silent',
        link: 'data',
        peer: name,
        asks: kind === 'server',
        verdict,
        silenceMs: Math.round(silenceMs),
      },
      kind === 'server'
        ? 'a data link fell silent: it is given up and dialled anew'
        : 'a data link fell silent: it is closed',
    )
    link.destroy()
  }

  private serverLeft(link: Link, inOrder: boolean): boolean {
    const port = this.servers.get(link)
    if (port === undefined || port.exchanges.out === 0) return false
    if (!port.isDetached && !inOrder) return false
    // Nothing is sent there any more: it need not wait for what might still be on its way.
    port.detach()
    this.leaving.set(port, this.options.clock.monotonicMs() + leavingMsMax)
    return true
  }

  private closeLeft(nowMs: number): void {
    for (const [port, endMs] of this.leaving) if (port.exchanges.out === 0 || endMs <= nowMs) port.link.destroy()
  }

  private tick(nowMs: number): void {
    if (this.leaving.size > 0) this.closeLeft(nowMs)
    this.relay.tick(nowMs)
    for (const { endpoint } of this.embedded.values()) endpoint.tick(nowMs)
  }

  /** Nothing is out here, in no direction, and nothing waits. */
  get isIdle(): boolean {
    if (this.relay.out > 0 || this.leaving.size > 0) return false
    for (const { endpoint } of this.embedded.values()) if (!endpoint.isIdle) return false
    return true
  }

  private lookForLinks(): void {
    const hasServers = this.routing?.servers.some(({ up }) => up) === true
    if (this.hasBeenLinked || !hasServers || !this.dataLinks.areSettled) return
    this.hasBeenLinked = true
    this.linked.tell()
  }
}
