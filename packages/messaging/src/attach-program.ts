import { Buffer } from 'node:buffer'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Clock, type Link, type LinkClosed, type LinkHandler, RingError } from '@ring/platform'
import { SocketLink } from '@ring/transport'
import { ProgramEndpoint } from './core/program-endpoint.ts'
import type { Handler } from './core/responder.ts'
import { EndpointProgram, type Program, type ProgramRole } from './program.ts'
import {
  handshakeBounds,
  handshakeTimeoutMs,
  hello,
  identify,
  isChallenge,
  openBounds,
  readVerdict,
} from './program-handshake.ts'
import { Pulse } from './pulse.ts'
import { decodeRouting } from './routing-notice.ts'
import { systemClock } from './system-clock.ts'

/** The name of the socket in a node's runtime directory. */
export const programSocketName = 'program.sock'

export interface AttachOptions {
  /** The socket; or name the node's runtime directory. */
  readonly path?: string
  readonly runtimeDirectory?: string
  readonly role: ProgramRole
  /** What the program is called in the node's status. */
  readonly name: string
  /** Refuse a node of another group. Default: any. */
  readonly group?: string
  /** The handler of a server program; {@link Program.serve} sets it later. */
  readonly handler?: Handler
  /** Attach again, for as long as it takes, after the node has ended: what was out ends "may have been delivered". */
  readonly reattach?: boolean
  /** Milliseconds a request waits when its call does not say; 0 for ever. Default 30 000. */
  readonly defaultDeadlineMs?: number
  readonly clock?: Clock
}

const reattachMs = 200

/**
 * Attaches this process to a node of the same machine.
 *
 * @throws RingError `RING_ATTACH_FAILED` when nobody listens there, `RING_ATTACH_REFUSED` when the node says no
 */
export async function attachProgram(options: AttachOptions): Promise<Program> {
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
  private link: SocketLink | undefined
  private hasLeft = false

  constructor(options: AttachOptions) {
    this.options = options
    this.path = options.path ?? join(options.runtimeDirectory ?? '.', programSocketName)
    this.clock = options.clock ?? systemClock
    const flush = (): void => {
      this.endpoint.flush()
      this.link?.flush()
    }
    this.endpoint = new ProgramEndpoint(
      {
        wake: () => {
          process.nextTick(flush)
        },
        onRouting: (bytes, start, end) => {
          this.onRouting(bytes, start, end)
        },
        onDetach: () => undefined,
        onViolation: (reason) => this.link?.violate(reason),
      },
      this.clock.monotonicMs(),
      options.defaultDeadlineMs ?? 30_000,
    )
    this.program = new EndpointProgram(options.name, options.role, this.endpoint, () => {
      this.leave()
    })
    if (options.handler !== undefined) this.program.serve(options.handler)
    this.pulse = new Pulse(this.clock, {
      onTick: (nowMs) => {
        this.endpoint.tick(nowMs)
      },
      onPause: (gapMs) => {
        this.endpoint.resumed(gapMs)
      },
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
    this.clock.after(reattachMs, () => {
      if (this.hasLeft) {
        this.end(cause)
        return
      }
      this.open().then(
        () => {
          if (this.hasLeft) this.link?.close()
        },
        () => {
          this.attachLater(cause)
        },
      )
    })
  }

  private open(): Promise<void> {
    return openProgramLink(this.path, this.options, this.clock, (link) => {
      this.link = link
      this.endpoint.connect(link)
      return this
    })
  }

  private leave(): void {
    this.hasLeft = true
    if (this.link !== undefined) this.link.close()
    else this.end({ kind: 'ended' })
  }

  private end(cause: LinkClosed): void {
    this.pulse.stop()
    this.program.closed(cause)
  }
}

/** Takes the open link over, at once: frames may follow the welcome in the same chunk. */
type Opened = (link: SocketLink) => LinkHandler

/** Dials, shakes hands and hands the link over. */
function openProgramLink(path: string, self: AttachOptions, clock: Clock, opened: Opened): Promise<void> {
  return new Promise((resolve, reject) => {
    const dialing = new Dialing(
      path,
      self,
      clock,
      (link) => {
        resolve()
        return opened(link)
      },
      reject,
    )
    dialing.begin()
  })
}

class Dialing implements LinkHandler {
  private readonly link: SocketLink
  private expects: 'challenge' | 'verdict' | 'nothing' = 'challenge'
  private readonly path: string
  private readonly self: AttachOptions
  private readonly opened: Opened
  private readonly reject: (error: Error) => void
  private readonly cancelTimer: () => void

  constructor(path: string, self: AttachOptions, clock: Clock, opened: Opened, reject: (error: Error) => void) {
    this.path = path
    this.self = self
    this.opened = opened
    this.reject = reject
    this.link = new SocketLink(connect(path), this, { frames: handshakeBounds })
    const timer = clock.after(handshakeTimeoutMs, () => {
      this.link.violate('the node did not answer in time')
    })
    this.cancelTimer = () => {
      timer.cancel()
    }
  }

  begin(): void {
    this.send(hello())
  }

  onFrames(_link: Link, buffer: Uint8Array, start: number, end: number): void {
    const frame = Buffer.from(buffer.buffer, buffer.byteOffset + start + 4, end - start - 4)
    if (this.expects === 'challenge' && isChallenge(frame)) {
      this.expects = 'verdict'
      const { group = '', name, role } = this.self
      this.send(identify({ group, program: name, role, pid: process.pid }))
    } else this.onVerdict(frame)
  }

  onDrain(): void {
    // The few frames of a handshake never reach the high-water mark.
  }

  onClosed(_link: Link, cause: LinkClosed): void {
    this.cancelTimer()
    if (this.expects === 'nothing') return
    this.expects = 'nothing'
    const why = cause.kind === 'lost' ? (cause.error?.message ?? 'lost') : cause.kind
    this.reject(
      new RingError(
        'RING_ATTACH_FAILED',
        `No node can be reached at ${this.path} (${why}); start the node, or name its runtime directory.`,
      ),
    )
  }

  private onVerdict(frame: Buffer): void {
    const { welcome, refusal } = readVerdict(frame)
    this.expects = 'nothing'
    this.cancelTimer()
    if (welcome !== undefined) {
      this.link.handOver(this.opened(this.link), openBounds)
      return
    }
    this.link.destroy()
    const text = refusal === undefined ? 'it cannot be understood' : refusal.text
    this.reject(new RingError('RING_ATTACH_REFUSED', `The node at ${this.path} refused this program: ${text}.`))
  }

  private send(frame: Buffer): void {
    this.link.write(frame, 0, frame.length)
  }
}
