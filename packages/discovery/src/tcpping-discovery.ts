import type { Clock, Network, NodeName, Peer, Timer } from '@ring/platform'
import type { Answer, DiscoveryMessage } from './core/answer.ts'
import { TcppingCore, type TcppingEffect, type TcppingEvent } from './core/tcpping.ts'
import type { Discovery, DiscoveryQuery } from './discovery.ts'

export interface TcppingSurroundings {
  readonly clock: Clock
  readonly network: Network
  /** Sends a discovery message on a control link; how it is encoded is the owner's business. */
  readonly send: (to: NodeName, message: DiscoveryMessage) => void
}

/** TCPPING on a network: drives the core, dials, and keeps its time. */
export class TcppingDiscovery implements Discovery {
  readonly #core = new TcppingCore()
  readonly #surroundings: TcppingSurroundings
  #found: ((answers: readonly Answer[]) => void) | undefined
  #timer: Timer | undefined

  constructor(surroundings: TcppingSurroundings) {
    this.#surroundings = surroundings
  }

  find(query: DiscoveryQuery, found: (answers: readonly Answer[]) => void): void {
    this.#found = found
    this.#step({ type: 'find', ...query })
  }

  onMessage(from: Peer, message: DiscoveryMessage): void {
    this.#step({ type: 'message', from, message })
  }

  stop(): void {
    this.#found = undefined
    this.#step({ type: 'stop' })
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
