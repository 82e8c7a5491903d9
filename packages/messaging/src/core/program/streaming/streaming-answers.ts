import type { ChunkSender } from '../../frames/chunk-sender.ts'
import type { Outbox } from '../../frames/outbox.ts'
import type { IncomingRequest } from '../answering/incoming-request.ts'
import type { TurnTaker } from '../asking/failure-turn.ts'
import { GatheredAnswer, type GatheringOwner } from './gathered-answer.ts'
import { StreamAnswer, type StreamSender } from './stream-answer.ts'
import type { StreamRules } from './stream-rules.ts'
import { YieldedItems } from './yielded-items.ts'

/** The responder, as far as streams need it. */
export interface StreamingResponder {
  readonly isCredited: boolean
  /** The request has been answered. */
  over(request: IncomingRequest): void
  finish(request: IncomingRequest, body: Uint8Array): void
  failed(request: IncomingRequest, error: unknown): void
  /** A handler that nobody waits for has ended. */
  ended(request: IncomingRequest): void
}

/** The requests of a program whose handlers answer with a stream. */
export class StreamingAnswers implements StreamSender, GatheringOwner {
  readonly outbox: Outbox
  readonly chunks: ChunkSender
  readonly turns: TurnTaker
  readonly rules: StreamRules
  private readonly responder: StreamingResponder
  /** By slot. */
  private readonly running = new Map<number, StreamAnswer | GatheredAnswer>()

  constructor(
    responder: StreamingResponder,
    outbox: Outbox,
    chunks: ChunkSender,
    { turns, rules }: { readonly turns: TurnTaker; readonly rules: StreamRules },
  ) {
    this.responder = responder
    this.outbox = outbox
    this.chunks = chunks
    this.turns = turns
    this.rules = rules
  }

  get isCredited(): boolean {
    return this.responder.isCredited
  }

  begin(request: IncomingRequest, iterable: AsyncIterable<unknown>): void {
    const answer = request.takesStream
      ? new StreamAnswer(request, iterable, this)
      : new GatheredAnswer(request, iterable, this)
    this.running.set(request.slot, answer)
  }

  /** Nobody waits for it any more, or did when its handler came back with it. */
  discard(request: IncomingRequest, iterable: AsyncIterable<unknown>): void {
    this.endWith(request, new YieldedItems(iterable, nobody).close())
  }

  private endWith(request: IncomingRequest, closed: Promise<void>): void {
    void closed.then(() => {
      this.responder.ended(request)
    })
  }

  /** Its asker counts the time. */
  isOpen({ slot }: IncomingRequest): boolean {
    const answer = this.running.get(slot)
    return answer instanceof StreamAnswer && answer.isOpen
  }

  /** Credit for the stream of this slot. */
  grant(slot: number, limit: number): void {
    const answer = this.running.get(slot)
    if (answer instanceof StreamAnswer) answer.grant(limit)
  }

  abandon(request: IncomingRequest): void {
    const answer = this.running.get(request.slot)
    if (answer === undefined) return
    this.running.delete(request.slot)
    this.endWith(request, answer.abandon())
  }

  streamEnded(request: IncomingRequest): void {
    this.running.delete(request.slot)
    this.responder.over(request)
  }

  gathered(request: IncomingRequest, body: Uint8Array): void {
    this.running.delete(request.slot)
    this.responder.finish(request, body)
  }

  gatheringFailed(request: IncomingRequest, text: string): void {
    this.running.delete(request.slot)
    this.responder.failed(request, new Error(text))
  }
}

const nobody = { onItem: () => undefined, onEnd: () => undefined, onFailed: () => undefined }
