// The calls of one client program, drawn from its seed.
import { performance } from 'node:perf_hooks'
import { setTimeout as later } from 'node:timers/promises'
import { bodyFor, serverOfAnswer } from './bodies.mjs'
import { randomOf } from './random.mjs'
import { EndingLog, flag, kinds, machineMs } from './records.mjs'

/**
 * @typedef {{ deadlineMs: number, idempotent?: boolean, whenDown?: string, whenFull?: string, signal?: AbortSignal }} CallOptions
 */

/** Of turns: a turn of posts makes a dozen. */
const kindWeights = { request: 60, send: 24, post: 5, broadcast: 6, replicate: 6 }
const workers = 24
const keys = 48
/** Posts have keys of their own: how a single one ended is not told, so they would excuse the others from order. */
const postKeys = 1_000
const graceTicks = 200
const tickMs = 100

export class Caller {
  #program
  #given
  #random
  #log
  #made = 0
  #out = 0
  #isStopped = false
  #sinceMs = 0
  #postsInDoubt = 0
  /** Answers that stand where they should not, as they came. */
  wrong = []

  /** @param given client, seed, calls, atLeastMs, endings (path), servers (names in the order of their index) */
  constructor(program, given) {
    this.#program = program
    this.#given = given
    this.#random = randomOf(given.seed * 64 + given.client + 1)
    this.#log = new EndingLog(given.endings)
  }

  stop() {
    this.#isStopped = true
  }

  /** Makes all calls; how many there were, and what has not ended long after the last deadline. */
  async run() {
    this.#sinceMs = performance.now()
    const working = Array.from({ length: workers }, () => this.#work())
    let done = false
    void Promise.all(working).then(() => (done = true))
    const isLast = () => this.#made >= this.#given.calls || this.#isStopped
    // Turns are counted, not time: this process may be stopped itself.
    for (let ticks = 0; ticks < graceTicks && !(done && this.#postsOut === 0); ticks += isLast() ? 1 : 0)
      await later(tickMs)
    this.#noteDoubts()
    this.#log.close()
    const { posts, staleAnswers } = this.#program.counters
    return {
      client: this.#given.client,
      made: this.#made,
      unended: this.#out + this.#postsOut,
      posts,
      staleAnswers,
      wrong: this.wrong.slice(0, 8),
    }
  }

  get #postsOut() {
    const { taken, handled, failed, notDelivered, maybeDelivered } = this.#program.counters.posts
    return taken - handled - failed - notDelivered - maybeDelivered
  }

  async #work() {
    while (this.#made < this.#given.calls && !this.#isStopped) {
      const dueMs = (this.#made / this.#given.calls) * this.#given.atLeastMs
      const earlyMs = dueMs - (performance.now() - this.#sinceMs)
      if (earlyMs > 1) {
        await later(Math.min(earlyMs, 200))
        continue
      }
      if (this.#random.chance(0.003)) this.#compute(this.#random.between(0, 400))
      const kind = this.#random.weighed(kindWeights)
      if (kind === 'post') await this.#posts()
      else if (!(await this.#call(kind))) await later(this.#random.between(0, 30))
    }
  }

  #compute(ms) {
    const endMs = performance.now() + ms
    while (performance.now() < endMs);
  }

  /** The number of the next call, its body, and what is drawn for it. */
  #next(kind) {
    const random = this.#random
    const call = this.#made++
    const size = random.chance(0.002)
      ? random.scaled(60_000, random.chance(0.1) ? 2_000_000 : 300_000)
      : random.between(0, 120)
    const body = bodyFor({ client: this.#given.client, call, size: Math.floor(size) })
    return { call, kind: kinds.indexOf(kind), body, deadlineMs: Math.floor(random.scaled(50, 3_000)), flags: 0 }
  }

  async #posts() {
    for (let left = this.#random.whole(1, 24); left > 0 && this.#made < this.#given.calls; left--) {
      const { body, ...drawn } = this.#next('post')
      const key = postKeys + this.#random.whole(0, keys - 1)
      const record = { ...drawn, key, startMs: machineMs(), endMs: 0 }
      try {
        while (!this.#program.post(`key ${key}`, body, { deadlineMs: drawn.deadlineMs })) {
          await this.#program.room()
          record.startMs = machineMs()
        }
        this.#log.write({ ...record, endMs: machineMs(), outcome: 'taken' })
      } catch (error) {
        this.#log.write({ ...record, endMs: machineMs(), ...this.#endingOf(error) })
        await later(this.#random.between(0, 30))
      }
      this.#noteDoubts()
    }
    await this.#program.room()
  }

  /** Order is not promised after a call in doubt, and of posts only their number is told. */
  #noteDoubts() {
    const { maybeDelivered } = this.#program.counters.posts
    if (maybeDelivered === this.#postsInDoubt) return
    this.#postsInDoubt = maybeDelivered
    const now = machineMs()
    const none = { call: 0, kind: kinds.indexOf('post'), key: 0, flags: 0, deadlineMs: 0 }
    this.#log.write({ ...none, startMs: now, endMs: now, outcome: 'post may have been' })
  }

  async #call(kind) {
    const random = this.#random
    const { body, ...record } = this.#next(kind)
    const isFanOut = kind === 'broadcast' || kind === 'replicate'
    /** @type {CallOptions} */
    const options = { deadlineMs: record.deadlineMs }
    if (random.chance(0.25)) Object.assign(options, { idempotent: true })
    if (random.chance(0.2)) Object.assign(options, { whenFull: 'wait' })
    if (!isFanOut && random.chance(0.3)) Object.assign(options, { whenDown: 'wait' })
    if (random.chance(0.01)) Object.assign(options, { signal: AbortSignal.timeout(random.whole(1, 500)) })
    record.flags = flagsOf(options)
    const key = random.whole(0, keys - 1)
    this.#out++
    const startMs = machineMs()
    let ending
    try {
      const answer = await this.#make(kind, `key ${key}`, body, options)
      ending = this.#answered(kind, answer, record.call)
    } catch (error) {
      ending = this.#endingOf(error)
    }
    const endMs = machineMs()
    this.#out--
    if (ending.isOverdue) record.flags |= flag.overdue
    this.#log.write({ ...record, key, startMs, endMs, ...ending })
    return ending.outcome === 'replied'
  }

  #make(kind, key, body, options) {
    return kind === 'broadcast' ? this.#program.broadcast(body, options) : this.#program[kind](key, body, options)
  }

  #answered(kind, answer, call) {
    const id = { client: this.#given.client, call }
    if (kind === 'send') return { outcome: 'replied' }
    if (kind === 'request')
      return { outcome: this.#given.servers.includes(serverOfAnswer(answer, id)) ? 'replied' : 'wrong answer' }
    const ending = { outcome: 'replied', notDelivered: 0, ran: 0 }
    const named = new Set()
    for (const one of answer) {
      const bit = 1 << this.#given.servers.indexOf(one.server)
      const isWrong = named.has(one.server) || (one.ok && serverOfAnswer(one.body, id) !== one.server)
      if (isWrong) Object.assign(ending, { outcome: 'wrong answer', reason: 'other' })
      if (isWrong)
        this.wrong.push({
          call,
          at: machineMs(),
          answer: answer.map(({ server, ok, error, body }) => ({
            server,
            ok,
            error: error?.message,
            body: body && Buffer.from(body).toString('latin1'),
          })),
        })
      named.add(one.server)
      if (one.ok || one.error.code === 'RING_HANDLER_FAILED') ending.ran |= bit
      else if (one.error.code.startsWith('RING_NOT_DELIVERED')) ending.notDelivered |= bit
    }
    return ending
  }

  #endingOf({ code = '', reason = 'other', isOverdue = reason === 'overdue-running' }) {
    if (code === 'RING_HANDLER_FAILED') return { outcome: 'handler failed' }
    if (code.startsWith('RING_NOT_DELIVERED')) return { outcome: 'not delivered', reason, isOverdue }
    if (code.startsWith('RING_MAYBE_DELIVERED')) return { outcome: 'may have been', reason, isOverdue }
    return { outcome: 'unknown error', reason }
  }
}

/** @param {CallOptions} options */
function flagsOf({ idempotent, whenDown, whenFull, signal }) {
  const word = (isSet, bit) => (isSet ? bit : 0)
  return (
    word(idempotent, flag.idempotent) |
    word(whenDown, flag.whenDown) |
    word(whenFull, flag.whenFull) |
    word(signal, flag.aborted)
  )
}
