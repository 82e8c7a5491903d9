import { type Address, callListener, DeadlineTimer, EventTurns, type Peer } from '@ring/platform'
import type { Answer, DiscoveryMessage } from '../core/answer.ts'
import { TcppingCore, type TcppingEffect, type TcppingEvent, type TcppingOptions } from '../core/tcpping/tcpping.ts'
import type { DiscoveryQuery, DiscoverySurroundings } from '../discovery.ts'

/** Asks addresses over control links: drives the core of TCPPING, dials, and keeps its time. */
export class LinkAsking {
  readonly #core: TcppingCore
  readonly #surroundings: DiscoverySurroundings
  #found: ((answers: readonly Answer[]) => void) | undefined
  readonly #timer: DeadlineTimer
  readonly #turns = new EventTurns<TcppingEvent>((event) => this.#take(event))
  #stopped = false

  constructor(surroundings: DiscoverySurroundings, options: TcppingOptions = {}) {
    this.#core = new TcppingCore(options)
    this.#surroundings = surroundings
    this.#timer = new DeadlineTimer(surroundings.clock, () => this.#step({ type: 'tick' }))
  }

  /** @param moreToCome whether `candidates` will be called; the last time with `isAll` */
  find(query: DiscoveryQuery, moreToCome: boolean, found: (answers: readonly Answer[]) => void): void {
    if (this.#stopped) return
    const { self, answer } = this.#surroundings
    const own = answer()?.standing
    const group = own?.kind === 'member' ? own.members.map(({ address }) => address) : []
    const addresses = query.addresses.filter((address) => address !== self.address)
    this.#found = found
    this.#step({ type: 'find', ...query, addresses, moreToCome, except: [self.address, ...group] })
  }

  candidates(addresses: readonly Address[], isAll: boolean): void {
    const { self } = this.#surroundings
    this.#step({ type: 'candidates', addresses: addresses.filter((address) => address !== self.address), isAll })
  }

  /** A question is answered where this node answers at all; an answer goes to the run. */
  onMessage(from: Peer, message: DiscoveryMessage): void {
    if (this.#stopped) return
    if (message.type === 'discovery.get-mbrs-req') return answerByLink(this.#surroundings, from, message.run)
    this.#step({ type: 'message', from, message })
  }

  stop(): void {
    this.#found = undefined
    this.#step({ type: 'stop' })
    this.#timer.stop()
    this.#stopped = true
  }

  #step(event: TcppingEvent): void {
    this.#turns.push(event)
  }

  #take(event: TcppingEvent): void {
    if (this.#stopped) return
    for (const effect of this.#core.step(event, this.#surroundings.clock.monotonicMs())) this.#carryOut(effect)
    this.#timer.arm(this.#core.nextMs)
  }

  #carryOut(effect: TcppingEffect): void {
    const { network, send, logger } = this.#surroundings
    switch (effect.type) {
      case 'dial': {
        const { run, address, timeoutMs } = effect
        return network.probe(address, timeoutMs, (outcome) => this.#step({ type: 'dialled', run, address, outcome }))
      }
      case 'learn-address':
        return network.learn(effect.name, effect.address)
      case 'send':
        return send(effect.to, effect.message)
      case 'found': {
        const found = this.#found
        this.#found = undefined
        return callListener(logger, 'found', () => found?.(effect.answers))
      }
    }
  }
}

/** GET_MBRS_RSP to who asked over a control link, where this node answers at all. */
export function answerByLink({ answer, send }: DiscoverySurroundings, from: Peer, run: number): void {
  const own = answer()
  if (own) send(from.name, { type: 'discovery.get-mbrs-rsp', run, answer: own })
}
