import { staticRouting } from '../../bench/plain-links.ts'
import type { IncomingRequest } from '../core/program/answering/incoming-request.ts'
import type { Answered } from '../core/program/answering/responder.ts'
import type { RequestOptions } from '../core/program/asking/request-options.ts'
import { StreamIntake } from '../core/program/streaming/stream-intake.ts'
import { type SimulatedNode, type SimulatedProgram, SimulatedRing, type SimulatedRules } from './simulated-ring.ts'

/** What a test sees of one stream. */
export interface Seen {
  readonly items: Uint8Array[]
  /** `end`, or the reason or code of the error that ended it; nothing while it goes on. */
  end: string | undefined
  error: Error | undefined
}

/** A program of a slave that asks one of a server for streams: four processes, with queues between them. */
export class StreamingRing {
  readonly ring: SimulatedRing
  readonly slave: SimulatedNode
  readonly server: SimulatedNode
  readonly serving: SimulatedProgram
  readonly asking: SimulatedProgram
  /** Requests that reached the handler. */
  readonly requests: IncomingRequest[] = []

  constructor(
    handler: (request: IncomingRequest) => Answered | Promise<Answered>,
    { slaveKnows = true, serverKnows = true, rules = {} }: StreamingRingOptions = {},
  ) {
    this.ring = new SimulatedRing(1, rules)
    this.slave = this.ring.addNode('slave', false, 1, slaveKnows)
    this.server = this.ring.addNode('s0', true, 1, serverKnows)
    this.ring.announce(staticRouting([{ name: 's0', address: '' }]))
    this.ring.link(this.slave, this.server)
    this.serving = this.ring.addProgram(this.server, 'serving', (request) => {
      this.requests.push(request)
      return handler(request)
    })
    this.asking = this.ring.addProgram(this.slave, 'asking', undefined)
  }

  ask(key: string, options?: RequestOptions): AsyncIterableIterator<Uint8Array, undefined> {
    return this.asking.endpoint.origin.requestStream(key, new Uint8Array(1), options)
  }

  /** Takes all of a stream, as fast as it comes. */
  take(stream: AsyncIterable<Uint8Array>): Seen {
    const seen: Seen = { items: [], end: undefined, error: undefined }
    takeAll(stream, seen).catch((error: unknown) => {
      seen.error = error as Error
      seen.end = endOf(error)
    })
    return seen
  }

  /** Everything that waits arrives, every handler and consumer does what it can, and 25 ms pass; `rounds` times. */
  async settle(rounds = 20): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      await this.ring.settle(1)
      await turn()
    }
  }

  /** Bytes that the asking program holds of streams. */
  get heldBytes(): number {
    const streams = this.asking.endpoint.origin.pending.records.map(({ stream }) => stream)
    return streams.reduce((sum, stream) => sum + (stream instanceof StreamIntake ? stream.heldBytes : 0), 0)
  }

  /** What is left where nothing is out any more. */
  get left(): number {
    const { origin, responder } = this.asking.endpoint
    const asked = origin.pending.used + responder.running
    return asked + this.serving.endpoint.responder.running + this.slave.relay.out + this.server.relay.out
  }
}

export interface StreamingRingOptions {
  readonly slaveKnows?: boolean
  readonly serverKnows?: boolean
  readonly rules?: SimulatedRules
}

/** Lets everything that is promised happen. */
export function turn(): Promise<void> {
  return new Promise(setImmediate)
}

/** What a stream ended with, in a word. */
export function endOf(error: unknown): string {
  const { reason, code } = error as { reason?: string; code?: string }
  return reason ?? code ?? String(error)
}

async function takeAll(stream: AsyncIterable<Uint8Array>, seen: Seen): Promise<void> {
  for await (const item of stream) seen.items.push(item)
  seen.end = 'end'
}
