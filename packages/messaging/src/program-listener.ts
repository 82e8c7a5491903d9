import type { Socket } from 'node:net'
import type { Link, LinkHandler, Logger } from '@ring/platform'
import {
  type Admission,
  handshakeOn,
  type LinkKind,
  ListenerHandshake,
  listenUnix,
  type Refusal,
  type UnixListener,
} from '@ring/transport'
import { maxMessageBytes, maxSlots } from './core/frame-header.ts'
import { nodeSide, openBounds, type ProgramIdentity, type ProgramWelcome } from './program-handshake.ts'

const unfinishedAtMost = 128

export interface ProgramListenerOptions {
  readonly path: string
  readonly group: string
  readonly nodeName: string
  readonly logger: Logger
  /** How long a word to a program counts. */
  readonly wordMs: number
  /** A program has attached; the answer is who handles its link. */
  onProgram(identity: ProgramIdentity, link: Link): LinkHandler
  /** Why this program may not attach now. */
  refusal(program: ProgramIdentity): Refusal | undefined
}

/** The UNIX socket on which programs of this machine attach. */
export class ProgramListener {
  private readonly options: ProgramListenerOptions
  private readonly unfinished = new Set<{ abort(): void }>()
  private listener: UnixListener | undefined

  constructor(options: ProgramListenerOptions) {
    this.options = options
  }

  async listen(): Promise<void> {
    this.listener = await listenUnix(this.options.path, (socket) => {
      this.accept(socket)
    })
  }

  /** Makes the socket anew, where its directory was removed; programs that are attached stay. */
  async listenAgain(): Promise<void> {
    // It is closed for good only when the last program of it has gone: nobody waits for that.
    void this.listener?.close()
    await this.listen()
  }

  /** Takes no more programs. */
  async close(): Promise<void> {
    for (const handshake of this.unfinished) handshake.abort()
    await this.listener?.close()
  }

  private accept(socket: Socket): void {
    const side = new ListenerHandshake(nodeSide, (identity, kind) => this.admit(identity, kind))
    const handshake = handshakeOn(socket, side, (end) => {
      this.unfinished.delete(handshake)
      if (end.ok) end.opened.link.handOver(this.options.onProgram(end.opened.peer, end.opened.link), openBounds)
      else this.options.logger.warn({ event: 'program.refused', code: end.failure.code }, 'a program was not let in')
    })
    this.unfinished.add(handshake)
    if (this.unfinished.size <= unfinishedAtMost) return
    const [oldest] = this.unfinished
    oldest?.abort()
  }

  private admit(identity: ProgramIdentity, kind: LinkKind): Admission<ProgramWelcome> {
    const { group, nodeName, wordMs } = this.options
    if (kind !== 'program') return refuse({ code: 'not-allowed', text: 'only programs attach here' })
    if (identity.group !== '' && identity.group !== group) {
      return refuse({ code: 'group', text: `this node is of group ${group}` })
    }
    const refusal = this.options.refusal(identity)
    if (refusal !== undefined) return refuse(refusal)
    return {
      admit: true,
      self: { group, name: nodeName, pid: process.pid, maxMessage: maxMessageBytes, maxSlots, wordMs, services: true },
    }
  }
}

function refuse(refusal: Refusal): Admission<ProgramWelcome> {
  return { admit: false, refusal }
}
