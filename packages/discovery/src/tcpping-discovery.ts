import type { Peer, Timer } from '@ring/platform'
import type { Answer, DiscoveryMessage } from './core/answer.ts'
import { TcppingCore, type TcppingEffect, type TcppingEvent } from './core/tcpping.ts'
import type { Discovery, DiscoveryProtocol, DiscoveryQuery, DiscoverySurroundings } from './discovery.ts'

/** TCPPING: asks every address of the query, over control links. */
export function tcpping(): DiscoveryProtocol {
  return (surroundings) => new TcppingDiscovery(surroundings)
}

/** TCPPING on a network: drives the core, dials, and keeps its time. */
export class TcppingDiscovery implements Discovery {
  readonly #core = new TcppingCore()
  readonly #surroundings: DiscoverySurroundings
  #found: ((answers: readonly Answer[]) => void) | undefined
  #timer: Timer | undefined

  constructor(surroundings: DiscoverySurroundings) {
    this.#surroundings = surroundings
  }

  find(query: DiscoveryQuery, found: (answers: readonly Answer[]) => void): void {
    this.#found = found
    this.#step({ type: 'find', ...query })
  }

  onMessage(from: Peer, message: DiscoveryMessage): void {
    if (message.type === 'discovery.get-mbrs-req') return this.#answer(from, message.run)
    this.#step({ type: 'message', from, message })
  }

  stop(): void {
    this.#found = undefined
    this.#step({ type: 'stop' })
  }

  #answer(from: Peer, run: number): void {
    const { answer, send } = this.#surroundings
    const own = answer()
    if (own) send(from.name, { type: 'discovery.get-mbrs-rsp', run, answer: own })
  }

  #step(event: TcppingEvent): void {
    for (const effect of this.#core.step(event, this.#surroundings.clock.monotonicMs())) this.#carryOut(effect)
    this.#arm()
  }

  #carryOut(effect: TcppingEffect): void {
    const { network, send } = this.#surroundings
    switch (effect.type) {
      case 'dial': {
        const { address, timeoutMs } = effect
        return network.probe(address, timeoutMs, (outcome) => this.#step({ type: 'dialled', address, outcome }))
      }
      case 'learn-address':
        return network.learn(effect.name, effect.address)
      case 'send':
        return send(effect.to, effect.message)
      case 'found': {
        const found = this.#found
        this.#found = undefined
        return found?.(effect.answers)
      }
    }
  }

  #arm(): void {
    const { clock } = this.#surroundings
    this.#timer?.cancel()
    this.#timer = undefined
    const { nextMs } = this.#core
    if (nextMs === undefined) return
    // Whole milliseconds: a timer that fires a rounding error too early would fire again and again.
    const delayMs = Math.max(0, Math.ceil(nextMs - clock.monotonicMs()))
    this.#timer = clock.after(delayMs, () => this.#step({ type: 'tick' }))
  }
}
