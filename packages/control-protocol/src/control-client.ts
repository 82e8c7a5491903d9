import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import {
  type ArgumentRule,
  aCount,
  aPort,
  aText,
  type Clock,
  checkArguments,
  milliseconds,
  optional,
  RingError,
  thrownText,
} from '@ring/platform'
import { systemClock, type TlsContexts } from '@ring/transport'
import { changesNothing } from './core/commands/reading-commands.ts'

export interface AskOptions {
  readonly host: string
  readonly port: number
  /** One line. */
  readonly command: string
  /** For all of it, from the dial to the end of the reply; 5 s where none is given. */
  readonly timeoutMs?: number
  readonly tls?: Pick<TlsContexts, 'dialerOf'>
  readonly token?: string
  readonly signal?: AbortSignal
  /** 16 MiB where none is given. */
  readonly replyBytesMax?: number
  readonly clock?: Clock
}

export type ControlErrorCode =
  | 'RING_CONTROL_UNREACHABLE'
  | 'RING_CONTROL_TIMEOUT'
  | 'RING_CONTROL_CLOSED'
  | 'RING_CONTROL_TOO_LONG'
  | 'RING_CONTROL_ABORTED'

/** A command was not answered. Its message says what that means, and `happened` whether the command may have. */
export class ControlError extends RingError {
  override readonly code: ControlErrorCode
  readonly happened: 'no' | 'maybe'

  constructor(code: ControlErrorCode, happened: 'no' | 'maybe', text: string, options?: ErrorOptions) {
    super(code, text, options)
    this.code = code
    this.happened = happened
  }
}

const defaultTimeoutMs = 5_000
const defaultReplyBytes = 16 * 1024 * 1024

/**
 * Sends one command to a control port, a CHMPX node's as well, and returns its whole reply.
 *
 * @throws ControlError
 * @throws ArgumentError
 */
export async function askControl(options: AskOptions): Promise<string> {
  checkArguments('askControl()', options, {
    ...{ host: aText, port: aPort, command: oneLine, timeoutMs: optional(milliseconds) },
    ...{ token: optional(oneWord), replyBytesMax: optional(aCount) },
  })
  return new Promise((resolve, reject) => {
    new Question(options, resolve, reject).begin()
  })
}

/** Of several lines, another command would run than it seems. */
const oneLine: ArgumentRule = {
  fits: (value) => typeof value === 'string' && /^[^\n\r\0]+$/.test(value),
  wanted: 'a command: one line',
}
const oneWord: ArgumentRule = {
  fits: (value) => typeof value === 'string' && /^[^\s\0]+$/.test(value),
  wanted: 'a token: one word',
  isSecret: true,
}

class Question {
  readonly #options: AskOptions
  readonly #resolve: (reply: string) => void
  readonly #reject: (error: ControlError) => void
  readonly #pieces: Uint8Array[] = []
  #bytes = 0
  #isSent = false
  #cleanUp: () => void = () => undefined

  constructor(options: AskOptions, resolve: (reply: string) => void, reject: (error: ControlError) => void) {
    this.#options = options
    this.#resolve = resolve
    this.#reject = reject
  }

  begin(): void {
    const { command, token, signal, clock = systemClock, timeoutMs = defaultTimeoutMs } = this.#options
    if (signal?.aborted === true) return this.#fail('RING_CONTROL_ABORTED', 'was given up before it was sent')
    const socket = this.#connect()
    const timer = clock.after(timeoutMs, () =>
      this.#fail('RING_CONTROL_TIMEOUT', `was not answered within ${timeoutMs} ms`),
    )
    const abort = () => this.#fail('RING_CONTROL_ABORTED', 'was given up')
    signal?.addEventListener('abort', abort)
    this.#cleanUp = () => {
      timer.cancel()
      signal?.removeEventListener('abort', abort)
      socket.destroy()
    }
    socket.once(this.#options.tls === undefined ? 'connect' : 'secureConnect', () => {
      this.#isSent = true
      // As CHMPX's own tools end it.
      socket.write(`${token === undefined ? '' : `TOKEN ${token}\n`}${command}\0`)
    })
    socket.on('data', (piece: Uint8Array) => this.#onPiece(piece))
    socket.once('end', () => this.#onEnd())
    socket.once('close', () => this.#fail('RING_CONTROL_CLOSED', 'was cut off before its reply ended'))
    socket.once('error', (error) => this.#onError(error))
  }

  #connect(): Socket {
    const { host, port, tls } = this.#options
    if (tls === undefined) return connectTcp({ host, port, noDelay: true })
    return connectTls({ host, port, ...tls.dialerOf([host]) })
  }

  #onPiece(piece: Uint8Array): void {
    const { replyBytesMax = defaultReplyBytes } = this.#options
    this.#bytes += piece.length
    if (this.#bytes > replyBytesMax) {
      this.#fail('RING_CONTROL_TOO_LONG', `was answered with more than ${replyBytesMax} bytes`)
    } else this.#pieces.push(piece)
  }

  #onEnd(): void {
    if (this.#bytes === 0) {
      return this.#fail(
        'RING_CONTROL_CLOSED',
        'got no reply: this host may not use that control port, or needs a token',
      )
    }
    this.#cleanUp()
    this.#resolve(new TextDecoder().decode(Buffer.concat(this.#pieces)))
  }

  #onError(error: Error): void {
    if (this.#isSent) this.#fail('RING_CONTROL_CLOSED', `was cut off: ${messageOf(error)}`, error)
    else this.#fail('RING_CONTROL_UNREACHABLE', `could not be sent: ${messageOf(error)}`, error)
  }

  /** What comes after the first call is without effect: a promise ends once. */
  #fail(code: ControlErrorCode, what: string, cause?: Error): void {
    this.#cleanUp()
    const { host, port, command } = this.#options
    const isHarmless = !this.#isSent || changesNothing(command)
    const then = !this.#isSent
      ? 'It did not happen.'
      : isHarmless
        ? 'It changes nothing; ask again.'
        : 'It may have happened: look with SELFSTATUS before you send it again.'
    const [word = ''] = command.split(/\s/, 1)
    const text = `${word} to ${host}:${port} ${what}. ${then}`
    this.#reject(new ControlError(code, isHarmless ? 'no' : 'maybe', text, { cause }))
  }
}

/** A name with several addresses fails with an error for each, and none of its own. */
function messageOf(error: Error): string {
  const all: readonly unknown[] = error instanceof AggregateError ? error.errors : []
  return error.message === '' && all.length > 0 ? all.map(thrownText).join(', ') : error.message
}
