import type { Address, DatagramSource, Multicast, Peer, Timer } from '@ring/platform'
import type { Answer } from '../core/answer.ts'
import { encodeAnswer, encodeCall, type Request } from '../core/multicast/datagram-body.ts'
import type { DatagramGate } from '../core/multicast/datagram-gate.ts'
import type { DiscoverySurroundings } from '../discovery.ts'

/** A request that will be answered. */
export interface Asked {
  readonly request: Request
  readonly nonce: Uint8Array
  /** The key that proved it. */
  readonly key: Uint8Array | undefined
  readonly from: DatagramSource
}

/** Of a large group the coordinator and those who stand next to it answer; the others say nothing new. */
const deputies = 8
const stepMs = 4
const pendingMax = 256
const probeTimeoutMs = 1000

/**
 * How long this node waits before it answers a request that everybody heard, in milliseconds; `undefined`: it does not.
 * Whoever is behind the coordinator waits a little, so that not all speak at once.
 */
export function answerDelayMs({ name, standing }: Answer, jitterMs: number): number | undefined {
  if (standing.kind === 'newcomer') return jitterMs
  if (standing.coordinator.name === name) return 0
  const rank = standing.members.findIndex((member) => member.name === name)
  return rank < 0 || rank >= deputies ? undefined : rank * stepMs + jitterMs
}

/** Answers what was asked by multicast, in the way that the asker wants. */
export class MulticastAnswering {
  readonly #surroundings: DiscoverySurroundings
  readonly #gate: DatagramGate
  readonly #medium: Multicast
  readonly #pending = new Set<Timer>()
  /** Addresses that are being dialled, with the latest run that asked from there. */
  readonly #dialled = new Map<Address, number>()
  #stopped = false

  constructor(surroundings: DiscoverySurroundings, gate: DatagramGate, medium: Multicast) {
    this.#surroundings = surroundings
    this.#gate = gate
    this.#medium = medium
  }

  later(delayMs: number, asked: Asked): void {
    if (delayMs === 0) return this.#answer(asked)
    if (this.#pending.size >= pendingMax) return
    const timer = this.#surroundings.clock.after(delayMs, () => {
      this.#pending.delete(timer)
      this.#answer(asked)
    })
    this.#pending.add(timer)
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#pending) timer.cancel()
    this.#pending.clear()
  }

  #answer(asked: Asked): void {
    const own = this.#surroundings.answer()
    if (!own || this.#stopped) return
    const { request } = asked
    // A call goes before an answer over a link, which takes some time: the asker then knows that one is coming.
    this.#byDatagram(asked, own)
    if (request.answerBy === 'link' && request.role === 'server') this.#byLink(asked)
  }

  #byDatagram({ request, nonce, key, from }: Asked, own: Answer): void {
    const body = request.answerBy === 'datagram' ? encodeAnswer(own) : undefined
    const wallMs = this.#surroundings.clock.wallMs()
    const datagram = body
      ? this.#gate.seal('answer', nonce, body, wallMs, key)
      : this.#gate.seal('call', nonce, encodeCall(own), wallMs, key)
    this.#medium.answer(from, datagram)
  }

  /**
   * Only who proves that name at that address may change where the name is found: by the group key in the request, or, where
   * there is none, when it is dialled.
   */
  #byLink({ request: { name, address, run }, key }: Asked): void {
    const { network, self } = this.#surroundings
    if (name === self.name) return
    if (network.isLinked(name)) return this.#send(name, run)
    if (key) {
      network.learn(name, address)
      return this.#send(name, run)
    }
    // The request comes several times; one dial is enough for all.
    const isUnderWay = this.#dialled.has(address)
    this.#dialled.set(address, run)
    if (isUnderWay) return
    network.probe(address, probeTimeoutMs, (outcome) => {
      const latest = this.#dialled.get(address) ?? run
      this.#dialled.delete(address)
      if (outcome.kind !== 'connected' || outcome.peer.name !== name) return
      network.learn(name, address)
      this.#send(name, latest)
    })
  }

  #send(to: Peer['name'], run: number): void {
    const own = this.#surroundings.answer()
    if (own && !this.#stopped) this.#surroundings.send(to, { type: 'discovery.get-mbrs-rsp', run, answer: own })
  }
}
