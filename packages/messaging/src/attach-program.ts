import { join } from 'node:path'
import {
  aFlag,
  aFunction,
  anObject,
  aText,
  type Clock,
  checkArguments,
  type Link,
  type LinkClosed,
  type LinkHandler,
  type Logger,
  optional,
  RingError,
} from '@ring/platform'
import {
  checkSocketPath,
  connectPlain,
  DialerHandshake,
  type HandshakeEnd,
  handshakeOn,
  type SocketLink,
  standardErrorLogger,
  systemClock,
} from '@ring/transport'
import { checkServes, programRules } from './call-arguments.ts'
import { writeAsk } from './core/frames/gate-frames.ts'
import type { Handler } from './core/program/answering/responder.ts'
import { StartPermit } from './core/program/answering/start-permit.ts'
import { ProgramEndpoint } from './core/program/program-endpoint.ts'
import { nextTurn } from './next-turn.ts'
import { EndpointProgram, type Program, type ProgramRole } from './program.ts'
import { openBounds, type ProgramIdentity, type ProgramWelcome, programSide } from './program-handshake.ts'
import { Pulse } from './pulse.ts'
import { decodeRouting } from './routing-notice.ts'

/** The name of the socket in a node's runtime directory. */
export const programSocketName = 'program.sock'

export interface AttachOptions {
  /** The socket; or name the node's runtime directory. */
  readonly path?: string
  readonly runtimeDirectory?: string
  readonly role: ProgramRole
  /** What the program is called in the node's status. */
  readonly name: string
  /**
   * The service that a server program serves: only what names it reaches this program. Default: the unnamed one, which is what
   * calls without a service ask.
   */
  readonly service?: string
  /** Refuse a node of another group. Default: any. */
  readonly group?: string
  /** The handler of a server program; {@link Program.serve} sets it later. */
  readonly handler?: Handler
  /** Attach again, for as long as it takes, after the node has ended: what was out ends "may have been delivered". */
  readonly reattach?: boolean
  /** Milliseconds a request waits when its call does not say; 0 for ever. Default 30 000. */
  readonly defaultDeadlineMs?: number
  readonly clock?: Clock
  /** Is told of listeners that throw. Default: warnings and errors go to standard error, for people. */
  readonly logger?: Logger
}

const attachRules = {
  ...programRules,
  path: optional(aText),
  runtimeDirectory: optional(aText),
  group: optional(aText),
  handler: optional(aFunction),
  reattach: optional(aFlag),
  clock: optional(anObject),
  logger: optional(anObject),
} as const

const reattachMs = 200
const keepAliveMs = 60_000

/**
 * Attaches this process to a node of the same machine.
 *
 * @throws RingError `RING_ATTACH_FAILED` when nobody listens there, `RING_ATTACH_REFUSED` when the node says no, or is too old to
 *   know services, `RING_SOCKET_PATH_TOO_LONG`
 * @throws ArgumentError
 */
export async function attachProgram(options: AttachOptions): Promise<Program> {
  checkArguments('attachProgram()', options, attachRules)
  checkServes(options)
  const attachment = new Attachment(options)
  await attachment.attach()
  return attachment.program
}

/** A program's socket to its node, over as many lives of the node as it takes. */
class Attachment implements LinkHandler {
  readonly program: EndpointProgram
  private readonly options: AttachOptions
  private readonly path: string
  private readonly clock: Clock
  private readonly endpoint: ProgramEndpoint
  private readonly pulse: Pulse
  private readonly permit: StartPermit
  private link: SocketLink | undefined
  private hasLeft = false
  private waiting: NodeJS.Timeout | undefined

  constructor(options: AttachOptions) {
    this.options = options
    this.path = options.path ?? join(options.runtimeDirectory ?? '.', programSocketName)
    checkSocketPath(this.path)
    this.clock = options.clock ?? systemClock
    const flush = (): void => {
      this.endpoint.flush()
      this.link?.flush()
    }
    this.endpoint = new ProgramEndpoint(
      {
        tellTime: () => {
          this.pulse.beforeCall()
        },
        nextTurn,
        wake: () => {
          process.nextTick(flush)
        },
        onRouting: (bytes, start, end) => {
          this.onRouting(bytes, start, end)
        },
        onWord: (question, verdict) => {
          this.permit.onWord(question, verdict)
        },
        onViolation: (reason) => this.link?.violate(reason),
      },
      this.clock.monotonicMs(),
      options.defaultDeadlineMs ?? 30_000,
    )
    this.permit = new StartPermit({
      nowMs: () => this.clock.monotonicMs(),
      ask: (question) => {
        if (this.link !== undefined) writeAsk(this.link, question)
      },
    })
    this.endpoint.responder.admission = this.permit
    this.program = new EndpointProgram(options, this.endpoint, options.logger ?? standardErrorLogger, () => {
      this.leave()
    })
    if (options.handler !== undefined) this.program.serve(options.handler)
    this.pulse = new Pulse(this.clock, {
      onTick: (nowMs) => {
        this.endpoint.tick(nowMs)
      },
      onPause: (gapMs, awayMs) => {
        this.permit.resumed(awayMs)
        this.endpoint.resumed(gapMs)
      },
      onTime: (nowMs) => {
        this.endpoint.time(nowMs)
      },
      isIdle: () => this.endpoint.isIdle,
    })
  }

  async attach(): Promise<void> {
    try {
      await this.open()
    } catch (error) {
      this.pulse.stop()
      throw error
    }
  }

  onFrames(_link: Link, buffer: Uint8Array, start: number, end: number): void {
    this.pulse.beforeInput()
    this.endpoint.onFrames(buffer, start, end)
    // What handlers answered at once leaves at once.
    this.endpoint.flush()
  }

  onDrain(): void {
    this.endpoint.onDrain()
  }

  onClosed(_link: Link, cause: LinkClosed): void {
    this.link = undefined
    if (this.options.reattach !== true || this.hasLeft) this.end(cause)
    else {
      this.endpoint.linkLost()
      this.attachLater(cause)
    }
  }

  private onRouting(bytes: Uint8Array, start: number, end: number): void {
    const routing = decodeRouting(bytes, start, end)
    if (routing === undefined) this.link?.violate('a routing that cannot be understood')
    else this.program.routingChanged(routing)
  }

  private attachLater(cause: LinkClosed): void {
    // The clock's timers hold nothing up, but a program that waits for its node is not done.
    this.waiting ??= setInterval(() => undefined, keepAliveMs)
    this.clock.after(reattachMs, () => {
      if (this.hasLeft) {
        this.end(cause)
        return
      }
      this.open().then(
        () => {
          this.stopWaiting()
          if (this.hasLeft) this.link?.close()
        },
        () => {
          this.attachLater(cause)
        },
      )
    })
  }

  private open(): Promise<void> {
    return openProgramLink(
      this.path,
      this.options,
      (link, { wordMs = 0, services = false, credit = false, moves = false }) => {
        this.link = link
        this.permit.begin(wordMs)
        this.endpoint.connect(link, services, credit, moves)
        return this
      },
    )
  }

  private leave(): void {
    this.hasLeft = true
    if (this.link !== undefined) this.link.close()
    else this.end({ kind: 'ended' })
  }

  private stopWaiting(): void {
    clearInterval(this.waiting)
    this.waiting = undefined
  }

  private end(cause: LinkClosed): void {
    this.stopWaiting()
    this.pulse.stop()
    this.program.closed(cause)
  }
}

/** Takes the open link over, at once: frames may follow the welcome in the same chunk. */
type Opened = (link: SocketLink, welcome: ProgramWelcome) => LinkHandler

/** Dials, shakes hands and hands the link over. */
function openProgramLink(path: string, self: AttachOptions, opened: Opened): Promise<void> {
  const side = new DialerHandshake(programSide, identityOf(self), 'program')
  return new Promise((resolve, reject) => {
    handshakeOn(connectPlain({ path }), side, (end) => {
      if (!end.ok) {
        reject(attachError(path, end.failure))
        return
      }
      const { link, peer } = end.opened
      if (self.service !== undefined && peer.services !== true) {
        link.destroy()
        reject(tooOldError(path, self.service))
        return
      }
      link.handOver(opened(link, peer), openBounds)
      resolve()
    })
  })
}

/** A node that does not know services must not take who serves one for a program of the unnamed service: it sees a client. */
function identityOf({ group = '', name, role, service }: AttachOptions): ProgramIdentity {
  const said = { group, program: name, pid: process.pid, asks: true, services: true, credit: true, moves: true }
  return service === undefined ? { ...said, role } : { ...said, role: 'client', serves: service }
}

function tooOldError(path: string, service: string): RingError {
  return new RingError(
    'RING_ATTACH_REFUSED',
    `The node at ${path} is of a version before services, and cannot serve ${JSON.stringify(service)}; upgrade it.`,
  )
}

type Failure = Extract<HandshakeEnd<unknown>, { readonly ok: false }>['failure']

function attachError(path: string, failure: Failure): RingError {
  switch (failure.code) {
    case 'refused':
      return new RingError('RING_ATTACH_REFUSED', `The node at ${path} refused this program: ${failure.refusal.text}.`)
    case 'link-lost':
    case 'timeout': {
      const why =
        failure.code === 'timeout' ? 'it did not answer in time' : (failure.error?.message ?? 'the link was lost')
      return new RingError(
        'RING_ATTACH_FAILED',
        `No node can be reached at ${path} (${why}); start the node, or name its runtime directory.`,
      )
    }
    default:
      return new RingError('RING_ATTACH_REFUSED', `What answers at ${path} is no node that this program understands.`)
  }
}
