import { setMaxListeners } from 'node:events'
import { readFile } from 'node:fs/promises'
import { askControl, ControlError, type ControlErrorCode } from '@ring/control-protocol'
import { thrownText } from '@ring/platform'
import { TlsContexts } from '@ring/transport'
import { FileError } from '../core/errors.ts'
import type { TlsFiles } from '../core/options/settings.ts'
import type { NodeAddress } from '../core/ring/node-address.ts'
import { type AskOptions, type ControlPort, ControlPortError } from '../session/control-port.ts'

const replyBytesMax = 16 * 1_048_576

/** Control ports over TCP, or TLS. */
export class TcpControlPort implements ControlPort {
  readonly #token: string | undefined
  #tls: TlsContexts | undefined

  constructor({ tls, token }: { readonly tls?: TlsContexts | undefined; readonly token?: string | undefined }) {
    this.#tls = tls
    this.#token = token
  }

  get usesTls(): boolean {
    return this.#tls !== undefined
  }

  /** The nodes speak TLS, as one of them has said; who they are is not checked. */
  speakTls(): void {
    this.#tls ??= new TlsContexts({ verifyPeer: false })
  }

  async ask({ host, port }: NodeAddress, command: string, { timeoutMs, signal }: AskOptions): Promise<string> {
    const [tls, token] = [this.#tls, this.#token]
    // Many are asked at once, and all hear when it is enough: no leak.
    setMaxListeners(0, signal)
    try {
      return await askControl({
        ...{ host, port, command, timeoutMs, signal, replyBytesMax },
        ...(tls !== undefined && { tls }),
        ...(token !== undefined && { token }),
      })
    } catch (error) {
      if (!(error instanceof ControlError)) throw error
      throw new ControlPortError(error.code, whyOf(error, timeoutMs), error.happened === 'maybe', { cause: error })
    }
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up now',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
  ECONNRESET: 'the connection was cut',
}

/** In a few words: in a table it stands beside the name of the node. */
function whyOf({ code, cause, message }: ControlError, timeoutMs: number): string {
  const shown: Readonly<Record<ControlErrorCode, string>> = {
    RING_CONTROL_UNREACHABLE: reasonOf(cause) ?? message,
    RING_CONTROL_TIMEOUT: `no answer within ${timeoutMs / 1_000} s`,
    RING_CONTROL_CLOSED:
      reasonOf(cause) ?? 'it closed without a word: this host may not use it, or it wants TLS or a token',
    RING_CONTROL_TOO_LONG: `its reply has more than ${replyBytesMax / 1_048_576} MiB`,
    RING_CONTROL_ABORTED: 'given up',
  }
  return shown[code]
}

function reasonOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined
  const { code, errors } = cause as Error & { readonly code?: string; readonly errors?: readonly Error[] }
  // Of a name with several addresses each has failed in its own way.
  return reasons[code ?? ''] ?? reasonOf(errors?.[0]) ?? cause.message
}

/** @throws FileError */
export async function tlsContexts({ ca, certificate, privateKey }: TlsFiles): Promise<TlsContexts> {
  const [authorities, shown, key] = await Promise.all([ca, certificate, privateKey].map(contentOf))
  const dialer = shown !== undefined && key !== undefined && { dialer: { certificate: shown, privateKey: key } }
  try {
    return new TlsContexts({ verifyPeer: false, ...(authorities !== undefined && { authorities }), ...dialer })
  } catch (error) {
    throw new FileError(`The certificates cannot be used: ${thrownText(error)}`, { cause: error })
  }
}

/** The token of a remote operator. It stands in a file, or in the environment, and never on a command line. */
export async function tokenOf(
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const token = ((await contentOf(file)) ?? environment['RING_CONTROL_TOKEN'])?.trim()
  return token === '' ? undefined : token
}

async function contentOf(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new FileError(`Cannot read ${path}: ${(error as Error).message}`, { cause: error })
  }
}
