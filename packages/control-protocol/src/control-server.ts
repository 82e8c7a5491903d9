import type { Server, Socket } from 'node:net'
import type { TLSSocket, Server as TlsServer } from 'node:tls'
import { type Clock, type Logger, silent } from '@ring/platform'
import { systemClock, type TlsContexts } from '@ring/transport'
import { type ControlBounds, defaultBounds } from './control-bounds.ts'
import { type ConnectionSurroundings, ControlConnection } from './control-connection.ts'
import { type ControlListening, listenForControl, tlsSide } from './control-listener.ts'
import { allCommands } from './core/commands/all-commands.ts'
import type { Access, CommandForm, CommandHandler, CommandTable } from './core/commands/command-table.ts'
import { failure } from './core/commands/outcome.ts'
import type { ControlTarget } from './core/control-target.ts'
import { outcomeText } from './core/replies/reply-text.ts'
import { TraceLog } from './core/trace-log.ts'
import { TokenCheck } from './token-check.ts'

export interface ControlServerOptions {
  readonly target: ControlTarget
  readonly listen: ControlListening
  /** What a host may do; decided before a byte of it is read. An IPv4 address comes as such. */
  readonly access: (remoteAddress: string) => Access | Promise<Access>
  /** TLS on the same port, for who begins with it; `required` refuses who does not. */
  readonly tls?: { readonly contexts: TlsContexts; readonly required?: boolean }
  /** Each of them lets who shows it do everything. Without TLS, whoever listens in has it too. */
  readonly tokens?: readonly string[]
  /** What TRACE and TRACEVIEW show. */
  readonly trace?: TraceLog
  readonly clock?: Clock
  readonly logger?: Logger
  /** Whether the listener and its connections keep the process alive. */
  readonly keepAlive?: boolean
  readonly bounds?: Partial<ControlBounds>
}

/** What became of the connections so far. */
export interface ControlCounts {
  readonly accepted: number
  readonly refused: number
  readonly wrongTokens: number
  /** Closed to make room. */
  readonly displaced: number
  readonly commands: number
}

interface Open {
  readonly socket: Socket
  readonly address: string
  connection?: ControlConnection
}

const tlsHandshake = 0x16
const refusalsLogMs = 10_000

/** A node's control port. */
export class ControlServer {
  readonly #options: ControlServerOptions
  readonly #bounds: ControlBounds
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #table: CommandTable
  readonly #tokens: TokenCheck
  readonly #around: ConnectionSurroundings
  readonly #open = new Set<Open>()
  readonly #counts = { accepted: 0, refused: 0, wrongTokens: 0, displaced: 0, commands: 0 }
  #servers: readonly Server[] = []
  #tls: TlsServer | undefined
  /** By their remote end: what TLS was told to take over. */
  readonly #secured = new Map<string, (socket: TLSSocket) => void>()
  #refusalsLoggedMs = Number.NEGATIVE_INFINITY

  constructor(options: ControlServerOptions) {
    this.#options = options
    this.#bounds = { ...defaultBounds, ...options.bounds }
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? silent
    this.#tokens = new TokenCheck(options.tokens ?? [])
    this.#table = allCommands(options.target, options.trace ?? new TraceLog(0))
    this.#around = {
      table: this.#table,
      tokens: this.#tokens,
      clock: this.#clock,
      bounds: this.#bounds,
      connections: () => this.#open.size,
      onCommand: (from, form, reply) => this.#onCommand(from, form, reply),
      onWrongToken: (from) => this.#onWrongToken(from),
    }
    if (options.tls !== undefined) this.setTls(options.tls.contexts)
  }

  get counts(): ControlCounts {
    return { ...this.#counts }
  }

  /**
   * Adds a command of another part of the node.
   *
   * @throws RingError `RING_CONTROL_COMMAND` for a name that is taken, or is none
   */
  register(form: CommandForm, handler: CommandHandler): void {
    this.#table.register(form, handler)
  }

  /**
   * @returns the port
   * @throws RingError `RING_PORT_BUSY`, `RING_LISTEN_FAILED`
   */
  async start(): Promise<number> {
    const { port, servers } = await listenForControl(this.#options.listen, (socket) => this.#accept(socket))
    this.#servers = servers
    if (this.#options.keepAlive !== true) for (const server of servers) server.unref()
    this.#logger.info({ event: 'operator.listening', port, hosts: this.#options.listen.hosts }, 'control port open')
    return port
  }

  /** Ends everything, a command that is waited for too: what it began goes on. */
  stop(): void {
    for (const server of this.#servers) server.close()
    for (const { socket } of [...this.#open]) socket.destroy()
  }

  /** For connections from now on. */
  setTokens(tokens: readonly string[]): void {
    this.#tokens.set(tokens)
  }

  /** For connections from now on. */
  setTls(contexts: TlsContexts): void {
    this.#tls = tlsSide(contexts, this.#bounds.commandMs, (socket) => this.#secured.get(endOf(socket))?.(socket))
  }

  #accept(socket: Socket): void {
    socket.on('error', ignore)
    if (this.#options.keepAlive !== true) socket.unref()
    const address = socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/i, '')
    if (address === undefined) {
      socket.destroy()
      return
    }
    const access = this.#accessOf(address)
    const isNobody = access === 'refused' && this.#tokens.isEmpty
    if (isNobody || !this.#makeRoom(address, access === 'change' || access === 'read')) {
      this.#refuse(socket, address)
      return
    }
    this.#counts.accepted++
    const open: Open = { socket, address }
    this.#open.add(open)
    socket.once('close', () => this.#open.delete(open))
    if (typeof access === 'string') this.#admit(open, access)
    else this.#admitLater(open, access)
  }

  #refuse(socket: Socket, address: string): void {
    this.#counts.refused++
    this.#logRefusal(address, 'its host may not use the control port, or all connections are in use')
    socket.destroy()
  }

  /** An answer that cannot be had is a refusal. */
  #accessOf(address: string): Access | Promise<Access> {
    try {
      return this.#options.access(address)
    } catch {
      return 'refused'
    }
  }

  /** It may have to look a name up; only this client waits for that, and not for ever. */
  #admitLater(open: Open, access: Promise<Access>): void {
    const timer = this.#clock.after(this.#bounds.commandMs, () => this.#admit(open, 'refused'))
    const settle = (decided: Access) => {
      timer.cancel()
      this.#admit(open, decided)
    }
    access.then(settle, () => settle('refused'))
  }

  #admit(open: Open, access: Access): void {
    if (open.socket.destroyed || open.connection !== undefined) return
    if (access === 'refused' && this.#tokens.isEmpty) this.#refuse(open.socket, open.address)
    else if (this.#options.tls === undefined) this.#serve(open, open.socket, access)
    else this.#serveByFirstByte(open, access)
  }

  #serve(open: Open, socket: Socket, access: Access): void {
    open.connection = new ControlConnection(socket, open.address, access, this.#around)
    socket.resume()
  }

  /** A TLS handshake begins with a byte that no command begins with. */
  #serveByFirstByte(open: Open, access: Access): void {
    const { socket } = open
    const timer = this.#clock.after(this.#bounds.commandMs, () => socket.destroy())
    const begin = (chunk?: Buffer) => {
      timer.cancel()
      socket.pause()
      socket.removeListener('end', begin)
      if (chunk?.[0] === tlsHandshake) this.#secure(open, chunk, access)
      else if (this.#options.tls?.required === true) this.#refusePlain(open)
      else {
        if (chunk !== undefined) socket.unshift(chunk)
        this.#serve(open, socket, access)
      }
    }
    socket.once('data', begin)
    socket.once('end', begin)
    socket.once('close', () => timer.cancel())
    socket.resume()
  }

  #secure(open: Open, chunk: Buffer, access: Access): void {
    const { socket } = open
    const end = endOf(socket)
    this.#secured.set(end, (secure) => {
      secure.on('error', ignore)
      this.#serve(open, secure, access)
    })
    socket.once('close', () => this.#secured.delete(end))
    socket.unshift(chunk)
    this.#tls?.emit('connection', socket)
  }

  #refusePlain({ socket, address }: Open): void {
    this.#counts.refused++
    this.#logRefusal(address, 'it did not speak TLS')
    socket.end(
      outcomeText(
        failure('tls-only', 'This control port speaks TLS only.', ['Begin with TLS, then send the command.']),
      ),
    )
    socket.resume()
    const timer = this.#clock.after(this.#bounds.lingerMs, () => socket.destroy())
    socket.once('close', () => timer.cancel())
  }

  /**
   * Who came first and asks for nothing makes room for the next, strangers before all others, and nobody else for a stranger.
   * Where there is none, the next is turned away.
   */
  #makeRoom(address: string, isKnown: boolean): boolean {
    const ofHost = [...this.#open].filter((open) => open.address === address)
    if (ofHost.length >= this.#bounds.connectionsPerAddressMax && !this.#displace(ofHost, isKnown)) return false
    return this.#open.size < this.#bounds.connectionsMax || this.#displace([...this.#open], isKnown)
  }

  #displace(candidates: readonly Open[], isKnown: boolean): boolean {
    const stranger = candidates.find(({ connection }) => connection?.isStranger ?? true)
    const idle = stranger ?? (isKnown ? candidates.find(({ connection }) => connection?.isIdle) : undefined)
    if (idle === undefined) return false
    this.#counts.displaced++
    this.#open.delete(idle)
    idle.socket.destroy()
    return true
  }

  #onCommand(from: string, { name, kind }: CommandForm, reply: string): void {
    this.#counts.commands++
    const [first = ''] = reply.split('\n', 1)
    if (kind === 'change')
      this.#logger.info({ event: 'operator.command', from, command: name, reply: first }, 'control command')
  }

  #onWrongToken(from: string): void {
    this.#counts.wrongTokens++
    this.#logRefusal(from, 'its token is not valid')
  }

  /** One line now and then, whoever floods the port. */
  #logRefusal(from: string, why: string): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#refusalsLoggedMs < refusalsLogMs) return
    this.#refusalsLoggedMs = nowMs
    const { refused, wrongTokens } = this.#counts
    this.#logger.warn({ event: 'operator.refused', from, why, refused, wrongTokens }, 'refused on the control port')
  }
}

function endOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? 0} ${localAddress ?? ''}`
}

function ignore(): void {
  // What a client's connection dies of is its own affair.
}
