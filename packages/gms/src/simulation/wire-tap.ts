import type { Network, NodeName } from '@ring/platform'
import type { World } from '@ring/testkit'
import { encodeControlMessage, unpackControlMessage } from '../control/control-packing.ts'
import { decodeGmsMessage } from '../control/gms-message-schema.ts'
import type { GmsMessage } from '../core/messages.ts'

/** One control message as it left a node. */
export interface Letter {
  readonly from: NodeName
  readonly to: NodeName
  /** As `gms.view`. */
  readonly type: string
  readonly bytes: number
}

/**
 * Listens to the control messages of a world, holds some of them back, rewrites them, and sends forged ones. To be made
 * before the first node of the world.
 */
export class WireTap {
  readonly letters: Letter[] = []
  /** Which letters get lost. */
  loses: (letter: Letter) => boolean = () => false
  /** What is sent instead. */
  rewrite: (from: NodeName, message: GmsMessage) => GmsMessage = (_, message) => message
  readonly #networks = new Map<NodeName, Network>()

  constructor(world: World) {
    const attach = world.network.attach.bind(world.network)
    world.network.attach = (host) => {
      const network = attach(host)
      this.#networks.set(host.name, network)
      return { ...network, send: (to, bytes) => this.#send(network, host.name, to, bytes) }
    }
  }

  /** Sends as `from`, over its own links: what a node could say whose program is another. */
  forge(from: NodeName, to: NodeName, message: object): void {
    this.#networks.get(from)!.send(to, encodeControlMessage(message))
  }

  /** To how many of the others a node has a link now. */
  linksOf(name: NodeName): number {
    return [...this.#networks.keys()].filter((other) => other !== name && this.#networks.get(name)!.isLinked(other))
      .length
  }

  /** The letters of one type since the last {@link forget}. */
  of(type: string): readonly Letter[] {
    return this.letters.filter((letter) => letter.type === type)
  }

  forget(): void {
    this.letters.length = 0
  }

  #send(network: Network, from: NodeName, to: NodeName, bytes: Uint8Array): void {
    const value = unpackControlMessage(bytes)
    const letter = { from, to, type: value?.type ?? 'invalid', bytes: bytes.length }
    if (this.loses(letter)) return
    this.letters.push(letter)
    const message = value && decodeGmsMessage(value)
    const sent = message && this.rewrite(from, message)
    network.send(to, sent === message ? bytes : encodeControlMessage(sent!))
  }
}
