import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { Logger } from '@ring/platform'
import {
  type Admission,
  handshakeOn,
  type LinkKind,
  ListenerHandshake,
  listenUnix,
  type Refusal,
  type UnixListener,
} from '@ring/transport'
import { programSocketName } from './attach-program.ts'
import { maxMessageBytes, maxSlots } from './core/frames/frame-header.ts'
import type { DataPlane } from './data-plane.ts'
import { nodeSide, openBounds, type ProgramIdentity, type ProgramWelcome } from './program-handshake.ts'

const unfinishedAtMost = 128

/** Where programs attach: the plane's own end of their way to it. */
export interface ProgramDoor {
  /** Opens it anew, where somebody removed it; programs that are attached stay. */
  listenAgain(): Promise<void>
  /** Takes no more programs. */
  close(): Promise<void>
}

export interface ProgramListenerOptions {
  /** Where the socket is made. */
  readonly runtimeDirectory: string
  readonly group: string
  /** The node's name. */
  readonly name: string
  readonly logger: Logger
}

/**
 * Opens the UNIX socket on which programs of this machine attach to a data plane.
 *
 * @throws RingError `RING_SOCKET_PATH_TOO_LONG`, `RING_SOCKET_DIRECTORY_OPEN`, `RING_SOCKET_IN_USE`
 */
export async function listenForPrograms(plane: DataPlane, options: ProgramListenerOptions): Promise<ProgramDoor> {
  const listener = new ProgramListener(plane, options)
  await listener.listen()
  return listener
}

class ProgramListener implements ProgramDoor {
  private readonly plane: DataPlane
  private readonly options: ProgramListenerOptions
  private readonly unfinished = new Set<{ abort(): void }>()
  private listener: UnixListener | undefined

  constructor(plane: DataPlane, options: ProgramListenerOptions) {
    this.plane = plane
    this.options = options
  }

  async listen(): Promise<void> {
    const path = join(this.options.runtimeDirectory, programSocketName)
    const accept = (socket: Socket): void => {
      this.accept(socket)
    }
    this.listener = await listenUnix(path, accept, true)
  }

  async listenAgain(): Promise<void> {
    // It is closed for good only when the last program of it has gone: nobody waits for that.
    void this.listener?.close()
    await this.listen()
  }

  async close(): Promise<void> {
    for (const handshake of this.unfinished) handshake.abort()
    await this.listener?.close()
  }

  private accept(socket: Socket): void {
    const side = new ListenerHandshake(nodeSide, (identity, kind) => this.admit(identity, kind))
    const handshake = handshakeOn(socket, side, (end) => {
      this.unfinished.delete(handshake)
      if (end.ok) end.opened.link.handOver(this.plane.acceptProgram(end.opened.peer, end.opened.link), openBounds)
      else this.options.logger.warn({ event: 'program.refused', code: end.failure.code }, 'a program was not let in')
    })
    this.unfinished.add(handshake)
    if (this.unfinished.size <= unfinishedAtMost) return
    const [oldest] = this.unfinished
    oldest?.abort()
  }

  private admit(identity: ProgramIdentity, kind: LinkKind): Admission<ProgramWelcome> {
    const { group, name } = this.options
    const { wordMs } = this.plane
    if (kind !== 'program') return refuse({ code: 'not-allowed', text: 'only programs attach here' })
    if (identity.group !== '' && identity.group !== group) {
      return refuse({ code: 'group', text: `this node is of group ${group}` })
    }
    const refusal = this.plane.refusalOf(identity)
    if (refusal !== undefined) return refuse(refusal)
    return {
      admit: true,
      self: {
        group,
        name,
        pid: process.pid,
        maxMessage: maxMessageBytes,
        maxSlots,
        wordMs,
        services: true,
        credit: true,
        moves: true,
      },
    }
  }
}

function refuse(refusal: Refusal): Admission<ProgramWelcome> {
  return { admit: false, refusal }
}
