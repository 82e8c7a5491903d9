import type { Program, RequestOptions } from '@ring/messaging'
import { below, type Clock, type Random, unit } from '@ring/platform'
import type { World } from '@ring/testkit'
import { callBody } from './bodies.ts'
import type { Call, CallBook, CallKind } from './call-book.ts'
import { keys } from './ring-layout.ts'

const meanPauseMs = 30
const deadlines = [300, 1_000, 3_000, 5_000] as const
const largestBytes = 300_000
/** Deadlines are kept to within 40 ms, and a tick. */
const lateMs = 65
/** So long after it was aborted a call has ended. */
const abortMs = 1_000

/** Whose calls they are, and by which clock they count. */
export interface ClientPlace {
  readonly origin: string
  readonly clock: Clock
  readonly random: Random
  /** The last time that its process went on after a pause, by its clock. */
  readonly resumedMs: () => number
  /** Whether the life of its program goes on. */
  readonly isAlive: () => boolean
}

/** Asks through a program, calls of every kind, until it is told to stop or its process ends. */
export class Client {
  readonly program: Program
  readonly place: ClientPlace
  /** Posts that were taken, by their calls: of their ends only numbers are told. */
  readonly posts: Call[] = []
  readonly #book: CallBook
  readonly #world: World
  isAsking = false

  constructor(program: Program, place: ClientPlace, book: CallBook, world: World) {
    this.program = program
    this.place = place
    this.#book = book
    this.#world = world
  }

  begin(): void {
    if (this.isAsking) return
    this.isAsking = true
    this.#askLater()
  }

  /** One request that has to be answered: nothing is wrong any more. */
  probe(key: string): Call {
    return this.#ask('request', key, { deadlineMs: 5_000, signal: new AbortController().signal }, 4)
  }

  #askLater(): void {
    const { clock, random } = this.place
    clock.after(-Math.log(1 - unit(random)) * meanPauseMs, () => {
      if (!this.isAsking) return
      this.#askSomething()
      this.#askLater()
    })
  }

  #askSomething(): void {
    const { random } = this.place
    const kind = kindOf(below(random, 20))
    const key = keys[below(random, keys.length)]!
    const bytes = below(random, 25) === 0 ? 65_000 + below(random, largestBytes) : 4
    const options: RequestOptions = {
      deadlineMs: deadlines[below(random, deadlines.length)]!,
      ...(kind === 'request' && below(random, 5) === 0 && { idempotent: true }),
      ...(below(random, 4) === 0 && { whenFull: 'wait' }),
      ...(below(random, 4) === 0 && { whenDown: 'wait' }),
    }
    if (kind === 'post') this.#post(key, options.deadlineMs!, bytes)
    else this.#ask(kind, key, options, bytes)
  }

  #ask(kind: Exclude<CallKind, 'post'>, key: string, options: RequestOptions, bytes: number): Call {
    const { clock } = this.place
    const call = this.#begin(kind, key, options)
    const body = callBody(call.id, bytes)
    const limits = { beginMs: clock.monotonicMs(), endMs: clock.monotonicMs() + call.deadlineMs }
    const given = options.signal ? options : { ...options, ...this.#mayAbort(limits) }
    const promise = kind === 'broadcast' ? this.program.broadcast(body, given) : this.program[kind](key, body, given)
    promise.then(
      (answer) => {
        this.#book.answered(call, answer ?? undefined)
        this.#checkTime(call, limits)
      },
      (error: unknown) => {
        this.#book.failed(call, error)
        this.#checkTime(call, limits)
      },
    )
    return call
  }

  #mayAbort(limits: { endMs: number }): RequestOptions {
    const { random, clock } = this.place
    if (below(random, 30) > 0) return {}
    const controller = new AbortController()
    clock.after(unit(random) * 400, () => {
      controller.abort()
      limits.endMs = Math.min(limits.endMs, clock.monotonicMs() + abortMs)
    })
    return { signal: controller.signal }
  }

  #post(key: string, deadlineMs: number, bytes: number): void {
    const call = this.#begin('post', key, { deadlineMs })
    try {
      if (this.program.post(key, callBody(call.id, bytes), { deadlineMs })) this.posts.push(call)
      else this.#book.notTaken(call)
    } catch (error) {
      this.#book.failed(call, error)
    }
  }

  #begin(kind: CallKind, key: string, { deadlineMs = 0, idempotent = false }: RequestOptions): Call {
    return this.#book.begin({
      origin: this.place.origin,
      kind,
      key,
      idempotent,
      deadlineMs,
      beginMs: this.#world.nowMs,
    })
  }

  /** K1: no deadline ends early, and none late but by what the process itself stood still. */
  #checkTime(call: Call, { beginMs, endMs }: { readonly beginMs: number; readonly endMs: number }): void {
    const nowMs = this.place.clock.monotonicMs()
    if (call.end?.isOverdue && nowMs - beginMs < call.deadlineMs)
      this.#book.violated('K1', `${this.#book.word(call)} ended before its deadline`)
    const hasStoodStill = nowMs - this.place.resumedMs() < lateMs
    if (nowMs > endMs + lateMs && !hasStoodStill)
      this.#book.violated('K1', `${this.#book.word(call)} ended ${Math.round(nowMs - endMs)} ms late`)
  }
}

function kindOf(drawn: number): CallKind {
  if (drawn < 11) return 'request'
  if (drawn < 14) return 'send'
  if (drawn < 18) return 'post'
  return drawn === 18 ? 'broadcast' : 'replicate'
}
