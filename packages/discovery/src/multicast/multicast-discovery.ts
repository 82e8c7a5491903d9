import { createHash } from 'node:crypto'
import {
  below,
  callListener,
  type DatagramHandler,
  type DatagramSource,
  DeadlineTimer,
  EventTurns,
  type Multicast,
  type Peer,
} from '@ring/platform'
import { type MulticastSocketOptions, multicastSocket, nodeCrypto } from '@ring/transport'
import type { Answer, DiscoveryMessage } from '../core/answer.ts'
import { AnswerBudget } from '../core/answer-budget.ts'
import { groupMarkBytes, nonceBytes } from '../core/multicast/datagram.ts'
import {
  decodeAnswer,
  decodeCall,
  decodeRequest,
  encodeRequest,
  type Request,
} from '../core/multicast/datagram-body.ts'
import { DatagramGate, type OpenedDatagram } from '../core/multicast/datagram-gate.ts'
import {
  MulticastRunCore,
  type MulticastRunEffect,
  type MulticastRunEvent,
  type MulticastRunOptions,
} from '../core/multicast/multicast-run.ts'
import type { Discovery, DiscoveryQuery, DiscoverySurroundings } from '../discovery.ts'
import { Refusals } from '../refusals.ts'
import { answerByLink } from '../tcpping/link-asking.ts'
import { answerDelayMs, MulticastAnswering } from './multicast-answering.ts'

/** Opens the medium: a real socket, or a simulated one. */
export type OpenMulticast = (handler: DatagramHandler) => Multicast

export interface MulticastOptions extends MulticastRunOptions {
  /** The name of the group: datagrams of others are dropped. */
  readonly group: string
  /** Group keys that are valid now, the one that signs first; none: anybody's word is taken for a hint. */
  readonly keys?: () => readonly Uint8Array[]
  /** Another multicast address, port, interface or reach than the protocol's own. */
  readonly multicast?: Partial<Omit<MulticastSocketOptions, 'logger'>>
  /** Instead of a real socket. */
  readonly open?: OpenMulticast
  /** A datagram was not taken; the reason is one of a few words. */
  readonly onRefused?: (reason: string) => void
}

/** A link is opened in a few milliseconds; on a machine where many start at once it takes longer. */
const callWaitMs = 400

/** Of the last runs, so that an answer that comes late is told from one that nobody asked for. */
const noncesMax = 64

type Opened = Extract<OpenedDatagram, { ok: true }>

/** PING and MPING on a network; they differ in how an answer comes back. */
export class MulticastDiscovery implements Discovery {
  readonly #surroundings: DiscoverySurroundings
  readonly #answerBy: Request['answerBy']
  readonly #core: MulticastRunCore
  readonly #gate: DatagramGate
  readonly #budget = new AnswerBudget()
  readonly #refusals: Refusals
  readonly #medium: Multicast
  readonly #answering: MulticastAnswering
  /** What answers a request repeats its nonce: by nonce the run that it was sent in, the oldest first. */
  readonly #nonces = new Map<string, number>()
  #found: ((answers: readonly Answer[]) => void) | undefined
  readonly #timer: DeadlineTimer
  readonly #turns = new EventTurns<MulticastRunEvent>((event) => this.#take(event))
  #stopped = false

  constructor(
    surroundings: DiscoverySurroundings,
    answerBy: Request['answerBy'],
    { group, keys = () => [], multicast, open, onRefused, ...options }: MulticastOptions,
    usual: { readonly group: string; readonly port: number },
  ) {
    this.#surroundings = surroundings
    this.#timer = new DeadlineTimer(surroundings.clock, () => this.#step({ type: 'tick' }))
    this.#answerBy = answerBy
    const isAnsweredByLink = answerBy === 'link' && surroundings.self.role === 'server'
    this.#core = new MulticastRunCore({ ...(isAnsweredByLink && { callWaitMs }), ...options })
    this.#gate = new DatagramGate({ crypto: nodeCrypto, group: groupMark(group), keys })
    this.#refusals = new Refusals(surroundings.logger, surroundings.clock, onRefused)
    const { logger } = surroundings
    const opening = open ?? ((handler) => multicastSocket({ ...usual, ...multicast, logger }, handler))
    this.#medium = opening((bytes, from) => this.#datagram(bytes, from))
    this.#answering = new MulticastAnswering(surroundings, this.#gate, this.#medium)
  }

  /** Datagrams that were not taken, by reason. */
  get refused(): Readonly<Record<string, number>> {
    return this.#refusals.counts
  }

  find({ timeoutMs, firstMemberIsEnough }: DiscoveryQuery, found: (answers: readonly Answer[]) => void): void {
    if (this.#stopped) return
    this.#found = found
    this.#step({ type: 'find', timeoutMs, firstMemberIsEnough })
  }

  onMessage(from: Peer, message: DiscoveryMessage): void {
    if (this.#stopped) return
    if (message.type === 'discovery.get-mbrs-req') return answerByLink(this.#surroundings, from, message.run)
    if (message.run !== this.#core.run || message.answer.name !== from.name) return
    this.#step({ type: 'answered', answer: message.answer })
  }

  stop(): void {
    if (this.#stopped) return
    this.#found = undefined
    this.#step({ type: 'stop' })
    this.#timer.stop()
    this.#stopped = true
    this.#answering.stop()
    this.#medium.close()
  }

  #datagram(bytes: Uint8Array, from: DatagramSource): void {
    if (this.#stopped) return
    const opened = this.#gate.open(bytes, this.#surroundings.clock.wallMs())
    if (!opened.ok) return this.#refusals.add(opened.reason, from.host)
    if (opened.kind === 'request') this.#requested(opened, from)
    else this.#response(opened, from)
  }

  #requested(opened: Opened, from: DatagramSource): void {
    const request = decodeRequest(opened.body)
    if (!request) return this.#refusals.add('rubbish', from.host)
    const { self, incarnation } = this.#surroundings
    // Its own come back, since it listens as well.
    if (request.name === self.name && request.incarnation === incarnation()) return
    const own = this.#surroundings.answer()
    const delayMs = own && answerDelayMs(own, below(this.#surroundings.random, 10))
    if (!own || delayMs === undefined) return
    if (!this.#budget.take(from.host, this.#surroundings.clock.monotonicMs())) {
      return this.#refusals.add('rate', from.host)
    }
    this.#answering.later(delayMs, { request, nonce: opened.nonce, key: opened.key, from })
  }

  #response(opened: Opened, from: DatagramSource): void {
    const run = this.#nonces.get(opened.nonce.join())
    if (run === this.#core.run) this.#answered(opened, from)
    else this.#refusals.add(run === undefined ? 'unasked' : 'late', from.host)
  }

  #answered(opened: Opened, from: DatagramSource): void {
    const answer = opened.kind === 'answer' ? decodeAnswer(opened.body) : undefined
    const call = opened.kind === 'call' ? decodeCall(opened.body) : undefined
    const name = answer?.name ?? call?.name
    // Two nodes of one name: neither may join where the other is.
    if (name === this.#surroundings.self.name) {
      this.#refusals.add('own-name', from.host)
      if (answer) this.#surroundings.nameTaken?.(from.host, answer.incarnation)
    } else if (answer) this.#step({ type: 'answered', answer })
    else if (call) this.#step({ type: 'called', ...call })
    else this.#refusals.add('rubbish', from.host)
  }

  #step(event: MulticastRunEvent): void {
    this.#turns.push(event)
  }

  #take(event: MulticastRunEvent): void {
    if (this.#stopped) return
    for (const effect of this.#core.step(event, this.#surroundings.clock.monotonicMs())) this.#carryOut(effect)
    this.#timer.arm(this.#core.nextMs)
  }

  #carryOut(effect: MulticastRunEffect): void {
    const { network, send, logger } = this.#surroundings
    switch (effect.type) {
      case 'cast':
        return this.#cast(effect.run)
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
        return callListener(logger, 'found', () => found?.(effect.answers))
      }
    }
  }

  /** Each one has a nonce of its own: the same datagram twice is a replay. */
  #cast(run: number): void {
    const { self, incarnation, clock } = this.#surroundings
    const nonce = nodeCrypto.nonce(nonceBytes)
    this.#nonces.set(nonce.join(), run)
    const [oldest] = this.#nonces.keys()
    if (this.#nonces.size > noncesMax && oldest !== undefined) this.#nonces.delete(oldest)
    const body = encodeRequest({ answerBy: this.#answerBy, run, incarnation: incarnation(), ...self })
    this.#medium.cast(this.#gate.seal('request', nonce, body, clock.wallMs()))
  }
}

/** The name itself may be long, and is nobody else's business. */
function groupMark(group: string): Uint8Array {
  return createHash('sha256').update('ring group\0').update(group).digest().subarray(0, groupMarkBytes)
}
