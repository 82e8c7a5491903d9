import type { Logger, Peer } from '@ring/platform'
import { type ControlMessage, unpackControlMessage } from './control-packing.ts'

/** A message that fits its protocol, or what is wrong with it. */
export type Decoded<Message> = { readonly message: Message } | { readonly fault: string }

/** For decoders that say no more than that something does not fit. */
export function decodedOr<Message extends object>(message: Message | undefined): Decoded<Message> {
  return message ? { message } : { fault: 'not valid' }
}

/** One of those who talk over control links. */
export interface ControlProtocol<Message> {
  /** The part of its messages' types before the first dot. */
  readonly prefix: string
  /** Never throws. It gets what was unpacked, and how long that was in bytes. */
  decode(value: ControlMessage, length: number): Decoded<Message>
  /** Whether a slave may say this; slaves take no part in deciding. */
  isForSlaves(message: Message): boolean
  onMessage(from: Peer, message: Message): void
}

type Taker = (from: Peer, value: ControlMessage, length: number) => void

/**
 * Control messages by whose they are: each is unpacked once, here, and its protocol checks and takes it. A prefix that this
 * version does not know, as in a ring with later ones, is dropped without noise: one debug line each, counted as
 * `control.unknown`.
 */
export class ControlSwitchboard {
  readonly #takers = new Map<string, Taker>()
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /**
   * From now on messages of this prefix are the protocol's.
   *
   * @returns ends it
   * @throws RangeError when the prefix is somebody else's: two protocols of one name are a mistake of the program
   */
  connect<Message>(protocol: ControlProtocol<Message>): () => void {
    const { prefix } = protocol
    if (this.#takers.has(prefix)) throw new RangeError(`the prefix "${prefix}" of control messages is taken`)
    this.#takers.set(prefix, (from, value, length) => this.#take(protocol, from, value, length))
    return () => this.#takers.delete(prefix)
  }

  onMessage(from: Peer, bytes: Uint8Array): void {
    const value = unpackControlMessage(bytes)
    if (!value) return this.#drop(from, { bytes: bytes.length })
    const taker = this.#takers.get(prefixOf(value))
    if (taker) return taker(from, value, bytes.length)
    this.#logger.debug({ event: 'control.unknown', peer: from.name }, 'control message of an unknown kind dropped')
  }

  #take<Message>(protocol: ControlProtocol<Message>, from: Peer, value: ControlMessage, length: number): void {
    const decoded = protocol.decode(value, length)
    if ('fault' in decoded) return this.#drop(from, { bytes: length, prefix: protocol.prefix, fault: decoded.fault })
    if (from.role !== 'slave' || protocol.isForSlaves(decoded.message)) return protocol.onMessage(from, decoded.message)
    this.#logger.warn({ event: 'control.refused', peer: from.name }, 'a slave has no say in this')
  }

  #drop(from: Peer, fields: object): void {
    this.#logger.warn({ event: 'control.invalid', peer: from.name, ...fields }, 'control message dropped')
  }
}

function prefixOf({ type }: ControlMessage): string {
  const dot = type.indexOf('.')
  return dot < 0 ? type : type.slice(0, dot)
}
