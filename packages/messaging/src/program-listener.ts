import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import type { Clock, Link, LinkClosed, LinkHandler, Logger, Timer } from '@ring/platform'
import { listenUnix, SocketLink, type UnixListener } from '@ring/transport'
import {
  challenge,
  handshakeBounds,
  handshakeTimeoutMs,
  openBounds,
  type ProgramIdentity,
  type Refusal,
  readHello,
  readIdentity,
  refused,
  welcomed,
} from './program-handshake.ts'

const unfinishedAtMost = 128

export interface ProgramListenerOptions {
  readonly path: string
  readonly group: string
  readonly nodeName: string
  readonly clock: Clock
  readonly logger: Logger
  /** A program has attached; the answer is who handles its link. */
  onProgram(identity: ProgramIdentity, link: Link): LinkHandler
  /** Why no program may attach now. */
  refusal(): Refusal | undefined
}

/** The UNIX socket on which programs of this machine attach. */
export class ProgramListener {
  private readonly options: ProgramListenerOptions
  private readonly unfinished = new Set<Handshake>()
  private listener: UnixListener | undefined

  constructor(options: ProgramListenerOptions) {
    this.options = options
  }

  async listen(): Promise<void> {
    this.listener = await listenUnix(this.options.path, (socket) => {
      this.accept(socket)
    })
  }

  /** Takes no more programs. */
  async close(): Promise<void> {
    for (const handshake of this.unfinished) handshake.link.destroy()
    await this.listener?.close()
  }

  private accept(socket: Socket): void {
    const handshake = new Handshake(socket, this.options, () => {
      this.unfinished.delete(handshake)
    })
    this.unfinished.add(handshake)
    if (this.unfinished.size <= unfinishedAtMost) return
    const [oldest] = this.unfinished
    oldest?.link.destroy()
  }
}

/** A link whose program has not proved itself yet. */
class Handshake implements LinkHandler {
  readonly link: SocketLink
  private readonly options: ProgramListenerOptions
  private readonly done: () => void
  private readonly timer: Timer
  private expects: 'hello' | 'identity' | 'nothing' = 'hello'

  constructor(socket: Socket, options: ProgramListenerOptions, done: () => void) {
    this.options = options
    this.done = done
    this.link = new SocketLink(socket, this, { frames: handshakeBounds })
    this.timer = options.clock.after(handshakeTimeoutMs, () => {
      this.link.violate('the handshake took too long')
    })
  }

  onFrames(_link: Link, buffer: Uint8Array, start: number, end: number): void {
    const frame = Buffer.from(buffer.buffer, buffer.byteOffset + start + 4, end - start - 4)
    if (this.expects === 'hello') {
      this.expects = 'identity'
      if (readHello(frame) === undefined) this.refuse(undefined)
      else this.send(challenge())
    } else if (this.expects === 'identity') this.onIdentity(readIdentity(frame))
  }

  onDrain(): void {
    // The few frames of a handshake never reach the high-water mark.
  }

  onClosed(_link: Link, cause: LinkClosed): void {
    this.finish()
    if (cause.kind === 'violation') this.options.logger.warn({ reason: cause.reason }, 'a program was not let in')
  }

  private onIdentity(identity: ProgramIdentity | undefined): void {
    const { group, nodeName } = this.options
    if (identity === undefined) this.refuse(undefined)
    else if (identity.group !== '' && identity.group !== group) {
      this.refuse({ code: 'wrong-group', text: `this node is of group ${group}` })
    } else {
      const refusal = this.options.refusal()
      if (refusal !== undefined) {
        this.refuse(refusal)
        return
      }
      this.finish()
      this.send(welcomed({ group, name: nodeName }))
      this.link.handOver(this.options.onProgram(identity, this.link), openBounds)
    }
  }

  private refuse(word: Refusal | undefined): void {
    this.expects = 'nothing'
    this.send(refused(word))
    this.link.close()
  }

  private send(frame: Buffer): void {
    this.link.write(frame, 0, frame.length)
  }

  private finish(): void {
    this.timer.cancel()
    this.done()
  }
}
