import type { RoutedServer, Routing } from '@ring/placement'
import { type Clock, jittered, type Link, type LinkHandler, type Random, type Timer } from '@ring/platform'

/** Opens data links to servers: transport's part, behind an interface. */
export interface DataDialer {
  /** Dials, shakes hands, and reports once. */
  open(server: RoutedServer, events: DialEvents): DialAttempt
}

/** What the two ends of a data link have told each other that they know (docs/protocol.md section 1). */
export interface LinkAgreement {
  /** Both know PING. */
  readonly pings: boolean
  /** Both know services and addresses. */
  readonly services?: boolean
  /** Both know credit for large bodies. */
  readonly credit?: boolean
}

export interface DialEvents {
  /** The link is open; the answer is who handles it from here on. */
  onOpen(link: Link, agreed?: LinkAgreement): LinkHandler
  onFailed(error: Error): void
}

export interface DialAttempt {
  /** Gives up; neither event follows. */
  cancel(): void
}

/** Who is told of the links that come and go. */
export interface DataLinkOwner {
  /** The link's handler; `onClosed` of it is passed on. */
  onOpen(server: RoutedServer, link: Link, agreed?: LinkAgreement): LinkHandler
  /** The first link to this life is being opened. */
  onOpening(server: RoutedServer): void
  /** It is open, or will not be for now: calls need not wait for it. Comes once for each that was being opened. */
  onSettled(server: RoutedServer): void
  onFailed(server: RoutedServer, error: Error, retryMs: number): void
  /**
   * The server is not in the routing any more. True: its link is the owner's to close, once all that is out there has been
   * answered. `inOrder`: the routing says so; the server's own word may still be on its way.
   */
  onLeft(link: Link, inOrder: boolean): boolean
}

const firstRetryMs = 50
const longestRetryMs = 2_000
/** So many dials in a row that failed, and the server is out of reach for now. */
const failuresUntilSettled = 3

/** What links are dialled with. */
export interface LinkWorld {
  readonly clock: Clock
  readonly random: Random
  readonly dialer: DataDialer
  /** The longest that anything waits for the first link to a server, in milliseconds. */
  readonly openingMs: number
}

/** Keeps one data link to every server of the routing but this node: opened at once, dialled again when it is lost. */
export class DataLinks {
  private readonly kept = new Map<string, KeptLink>()
  private readonly world: LinkWorld
  private readonly owner: DataLinkOwner
  private readonly selfName: string

  constructor(selfName: string, world: LinkWorld, owner: DataLinkOwner) {
    this.selfName = selfName
    this.world = world
    this.owner = owner
  }

  setRouting(routing: Routing): void {
    const wanted = new Map<string, RoutedServer>()
    for (const server of routing.servers) {
      if (server.name !== this.selfName) wanted.set(`${server.incarnation} ${server.address} ${server.name}`, server)
    }
    const left = new Set(routing.left?.map(({ name, incarnation }) => `${incarnation} ${name}`))
    for (const [life, link] of this.kept) {
      if (wanted.has(life)) continue
      this.kept.delete(life)
      link.stop(left.has(`${link.server.incarnation} ${link.server.name}`))
    }
    for (const [life, server] of wanted) {
      const kept = this.kept.get(life)
      if (kept !== undefined) kept.server = server
      else this.kept.set(life, new KeptLink(server, this.world, this.owner))
    }
  }

  /** Whether every server has been linked, or is known to be out of reach. */
  get areSettled(): boolean {
    for (const link of this.kept.values()) if (!link.isSettled) return false
    return true
  }

  stop(): void {
    for (const link of this.kept.values()) link.stop(false)
    this.kept.clear()
  }
}

/** One server's link: being dialled, open, or waiting for the next try. */
class KeptLink {
  server: RoutedServer
  private readonly world: LinkWorld
  private readonly owner: DataLinkOwner
  private attempt: DialAttempt | undefined
  private timer: Timer | undefined
  private link: Link | undefined
  private failures = 0
  private isStopped = false
  private opening: Timer | undefined

  constructor(server: RoutedServer, world: LinkWorld, owner: DataLinkOwner) {
    this.server = server
    this.world = world
    this.owner = owner
    this.opening = world.clock.after(world.openingMs, () => {
      this.settle()
    })
    owner.onOpening(server)
    this.dial()
  }

  /** Whether it has been open, or is out of reach for now: that a link is dialled anew changes nothing of it. */
  get isSettled(): boolean {
    return this.opening === undefined
  }

  stop(inOrder: boolean): void {
    this.isStopped = true
    this.settle()
    this.attempt?.cancel()
    this.timer?.cancel()
    if (this.link === undefined) return
    // Who did not leave in order is not waited for: what is out there ends now.
    if (!this.owner.onLeft(this.link, inOrder)) this.link.destroy()
  }

  private dial(): void {
    this.attempt = this.world.dialer.open(this.server, {
      onOpen: (link, agreed) => this.opened(link, agreed),
      onFailed: (error) => {
        this.again(error)
      },
    })
  }

  private opened(link: Link, agreed?: LinkAgreement): LinkHandler {
    this.attempt = undefined
    this.link = link
    this.failures = 0
    const handler = this.owner.onOpen(this.server, link, agreed)
    this.settle()
    return {
      onFrames: handler.onFrames.bind(handler),
      onDrain: handler.onDrain.bind(handler),
      onClosed: (closed, cause) => {
        this.link = undefined
        handler.onClosed(closed, cause)
        this.again(new Error(cause.kind === 'violation' ? cause.reason : `the link was ${cause.kind}`))
      },
    }
  }

  private settle(): void {
    if (this.opening === undefined) return
    this.opening.cancel()
    this.opening = undefined
    this.owner.onSettled(this.server)
  }

  private again(error: Error): void {
    this.attempt = undefined
    if (this.isStopped) return
    const delayMs = jittered(this.world.random, Math.min(longestRetryMs, firstRetryMs * 2 ** this.failures), 0.3)
    this.failures = Math.min(this.failures + 1, 10)
    if (this.failures >= failuresUntilSettled) this.settle()
    this.owner.onFailed(this.server, error, delayMs)
    this.timer = this.world.clock.after(delayMs, () => {
      if (!this.isStopped) this.dial()
    })
  }
}
