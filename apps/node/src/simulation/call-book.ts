import type { BroadcastAnswer } from '@ring/messaging'
import { HandlerFailedError, MaybeDeliveredError, NotDeliveredError } from '@ring/messaging'
import type { NodeName } from '@ring/platform'
import type { World } from '@ring/testkit'
import { callOfAnswer, serverOfAnswer } from './bodies.ts'

export type CallKind = 'request' | 'send' | 'post' | 'broadcast' | 'replicate'

/** One call of a client, as it was made. */
export interface CallAsked {
  /** The life of the program that asks. */
  readonly origin: string
  readonly kind: CallKind
  readonly key: string
  readonly idempotent: boolean
  readonly deadlineMs: number
  /** Milliseconds of the world. */
  readonly beginMs: number
}

export type Outcome = 'answered' | 'failed' | 'not delivered' | 'may have been' | 'unknown'

export interface CallEnd {
  readonly atMs: number
  readonly outcome: Outcome
  /** The code of the error. */
  readonly code: string
  /** It ended by its deadline. */
  readonly isOverdue: boolean
}

/** A start of a handler. */
export interface Start {
  /** Its place among all starts of the run. */
  readonly order: number
  readonly atMs: number
  /** The server on whose machine it ran. */
  readonly server: NodeName
  /** The life of the program that ran it. */
  readonly program: string
  readonly epoch: number
  readonly version: number
  readonly partition: number
}

export interface Call extends CallAsked {
  readonly id: number
  readonly starts: Start[]
  /** Posts have none: their ends are counted. */
  end: CallEnd | undefined
  /** Servers of which it was said that it was not delivered there. */
  readonly notAt: Set<NodeName>
}

const isFanOut = ({ kind }: CallAsked) => kind === 'broadcast' || kind === 'replicate'

/**
 * Every call of a run, where handlers started for it, and how it ended. What breaks K1 (an end that is not the only one, not
 * true, or not of this call) is noted as it happens.
 */
export class CallBook {
  readonly calls: Call[] = []
  readonly violations: string[] = []
  starts = 0
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** @returns its number, which its body begins with */
  begin(asked: CallAsked): Call {
    const call: Call = { ...asked, id: this.calls.length, starts: [], end: undefined, notAt: new Set() }
    this.calls.push(call)
    return call
  }

  /** A handler starts for a call. */
  started(id: number, at: Omit<Start, 'order' | 'atMs'>): { readonly call: Call; readonly start: Start } | undefined {
    const call = this.calls[id]
    const start = { ...at, order: this.starts++, atMs: this.#world.nowMs }
    if (!call) {
      this.violated('K1', `a handler started for call ${id}, which nobody made`)
      return undefined
    }
    if (call.end?.outcome === 'not delivered') this.violated('K1', `${this.word(call)} started at ${start.server}`)
    if (call.notAt.has(start.server))
      this.violated('K1', `${this.word(call)}: said to be not delivered at ${start.server}, and started there`)
    const before = call.starts.filter(({ server }) => !isFanOut(call) || server === start.server)
    if (before.length > 0 && !call.idempotent)
      this.violated('K1', `${this.word(call)} started twice, at ${before[0]!.server} and ${start.server}`)
    call.starts.push(start)
    return { call, start }
  }

  answered(call: Call, answer: Uint8Array | readonly BroadcastAnswer[] | undefined): void {
    this.#ended(call, 'answered', '')
    if (answer instanceof Uint8Array && call.kind === 'request') this.#checkAnswer(call, answer, undefined)
    else if (answer instanceof Uint8Array || answer === undefined) this.#checkRan(call)
    else for (const one of answer) this.#answeredBy(call, one)
  }

  failed(call: Call, error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const outcome = outcomeOf(error)
    this.#ended(call, outcome, code, isOverdue(error))
    if (outcome === 'unknown') this.violated('K1', `${this.word(call)} ended with ${String(error)}`)
    if (outcome === 'failed') this.#checkRan(call)
    if (outcome === 'not delivered' && call.starts.length > 0)
      this.violated('K1', `${this.word(call)} had started at ${call.starts[0]!.server}`)
  }

  /** A post for which there was no room: nothing was sent. */
  notTaken(call: Call): void {
    this.#ended(call, 'not delivered', 'no room')
  }

  word({ id, origin, kind, key, idempotent, beginMs, end }: Call): string {
    const how = end ? `: ${end.outcome} ${end.code} after ${Math.round(end.atMs - beginMs)} ms` : ''
    return `${kind} ${id} of ${origin} for ${key}${idempotent ? ', idempotent' : ''}, made at ${Math.round(beginMs)} ms${how}`
  }

  violated(rule: string, text: string): void {
    this.violations.push(`${rule}: at ${this.#world.nowMs.toFixed(3)} ms ${text}`)
    this.#world.note(`VIOLATION ${rule}: ${text}`)
  }

  #ended(call: Call, outcome: Outcome, code: string, isLate = false): void {
    if (call.end) this.violated('K1', `${this.word(call)} ended again: ${outcome} ${code}`)
    call.end = { atMs: this.#world.nowMs, outcome, code, isOverdue: isLate }
    this.#world.note(() => `end ${this.word(call)}`)
  }

  #answeredBy(call: Call, answer: BroadcastAnswer): void {
    const server = answer.server as NodeName | undefined
    if (answer.ok) this.#checkAnswer(call, answer.body, server)
    else if (answer.error instanceof NotDeliveredError && server !== undefined) {
      call.notAt.add(server)
      if (call.starts.some((start) => start.server === server))
        this.violated('K1', `${this.word(call)}: ${answer.error.code} at ${server}, where it had started`)
    }
  }

  /** Its own answer, from a handler that ran, under the name of who gave it. */
  #checkAnswer(call: Call, body: Uint8Array, server: NodeName | undefined): void {
    const by = serverOfAnswer(body)
    if (callOfAnswer(body) !== call.id)
      this.violated('K1', `${this.word(call)} has the answer of ${callOfAnswer(body)}`)
    if (!call.starts.some((start) => start.server === by))
      this.violated('K1', `${this.word(call)} has an answer of ${by}, where it never started`)
    if (server !== undefined && server !== by) this.violated('K1', `${this.word(call)}: ${server} answers for ${by}`)
  }

  #checkRan(call: Call): void {
    if (call.starts.length === 0) this.violated('K1', `${this.word(call)} never started`)
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof NotDeliveredError) return 'not delivered'
  if (error instanceof MaybeDeliveredError) return 'may have been'
  return error instanceof HandlerFailedError ? 'failed' : 'unknown'
}

function isOverdue(error: unknown): boolean {
  if (error instanceof NotDeliveredError) return error.isOverdue
  return error instanceof MaybeDeliveredError && error.reason === 'overdue-running'
}
