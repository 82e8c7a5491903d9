import type { Logger } from '@ring/platform'

const silenceMs = 60_000
const remembered = 256
/** The name of the log line, and what it says, for a reason. */
export interface Says {
  readonly event: `peer.${string}`
  text(reason: string): string
}

const refusal: Says = { event: 'peer.refused', text: () => 'a connection was refused' }

/** However many machines the strangers have. */
const linesMax = 60

/**
 * Says who was turned away and why: the first time at once, then once a minute at most for the same machine and reason, with
 * the number in between. Strangers can fill neither the log nor the memory.
 */
export class RefusalLog {
  readonly #logger: Logger
  readonly #nowMs: () => number
  readonly #says: Says
  readonly #counts = new Map<string, number>()
  readonly #seen = new Map<string, { saidMs: number; since: number }>()
  #lines = { fromMs: Number.NEGATIVE_INFINITY, count: 0 }

  constructor(logger: Logger, nowMs: () => number, says: Says = refusal) {
    this.#says = says
    this.#logger = logger
    this.#nowMs = nowMs
  }

  /** How many were turned away, by reason; reasons are constants of the code, so there are few. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  add(remote: string, reason: string, peer?: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
    const key = `${remote} ${reason}`
    const nowMs = this.#nowMs()
    const seen = this.#seen.get(key)
    if (seen && nowMs - seen.saidMs < silenceMs) {
      seen.since += 1
      return
    }
    if (nowMs - this.#lines.fromMs >= silenceMs) this.#lines = { fromMs: nowMs, count: 0 }
    this.#lines.count += 1
    if (this.#lines.count > linesMax) return this.#remember(key, nowMs)
    const fields = { event: this.#says.event, remote, reason, ...(peer !== undefined && { peer }) }
    this.#logger.warn({ ...fields, ...(seen && seen.since > 0 && { more: seen.since }) }, this.#says.text(reason))
    this.#remember(key, nowMs)
  }

  #remember(key: string, nowMs: number): void {
    this.#seen.delete(key)
    this.#seen.set(key, { saidMs: nowMs, since: 0 })
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > remembered && oldest !== undefined) this.#seen.delete(oldest)
  }
}
