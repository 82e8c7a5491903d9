import type { Clock, Logger } from '@ring/platform'

const silenceMs = 60_000
/**
 * Other groups may well use the same multicast address: that is said once, since a wrong GROUP looks the same. Answers may
 * come when nobody waits for them any more.
 */
const saidOnce: ReadonlySet<string> = new Set(['group'])
const everyday: ReadonlySet<string> = new Set(['late'])

const otherGroup =
  'another group uses this multicast address, which is well; if this node should be in it, compare GROUP (said once)'

/** Counts what was not taken, by reason; says each reason at once, and then at most once a minute. */
export class Refusals {
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #onRefused: (reason: string) => void
  readonly #counts = new Map<string, { count: number; saidMs: number; saidCount: number }>()

  constructor(logger: Logger, clock: Clock, onRefused: (reason: string) => void = () => undefined) {
    this.#logger = logger
    this.#clock = clock
    this.#onRefused = onRefused
  }

  /** By reason; reasons are constants of the code, so there are few. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].map(([reason, { count }]) => [reason, count]))
  }

  /** @param remote who sent it, as far as that can be believed */
  add(reason: string, remote: string): void {
    this.#onRefused(reason)
    const nowMs = this.#clock.monotonicMs()
    const entry = this.#counts.get(reason) ?? { count: 0, saidMs: Number.NEGATIVE_INFINITY, saidCount: 0 }
    this.#counts.set(reason, entry)
    entry.count += 1
    if (nowMs - entry.saidMs < silenceMs) return
    const more = entry.count - entry.saidCount - 1
    entry.saidMs = nowMs
    entry.saidCount = entry.count
    const fields = { event: 'discovery.refused', reason, remote, ...(more > 0 && { more }) }
    const isFirst = entry.count === 1
    if (everyday.has(reason) || (saidOnce.has(reason) && !isFirst)) this.#logger.debug(fields, 'a datagram was dropped')
    else this.#logger.warn(fields, saidOnce.has(reason) ? otherGroup : 'what arrived for discovery was dropped')
  }
}
