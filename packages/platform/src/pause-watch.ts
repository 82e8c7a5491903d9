import type { Clock, Timer } from './clock.ts'

/**
 * What a listener is told. `gapMs` is how long the process stood still just now: input that waited has waited that long.
 * `awayMs` is how long it was away in all lately, this gap and shorter ones before it taken together, or a time that only
 * the wall clock saw: by that it may have been given up.
 */
export type PauseListener = (gapMs: number, awayMs: number) => void

/** Times in milliseconds. */
export interface PauseWatchOptions {
  /** How often it looks. Default 100. */
  readonly beatMs?: number
  /** A shorter stand-still is no pause by itself: a garbage collection, a busy machine. Default 400. */
  readonly gapMinMs?: number
  /** Shorter ones that add up to half of this within this time are one all the same. Default 3 000. */
  readonly windowMs?: number
}

interface Gap {
  readonly atMs: number
  readonly gapMs: number
}

/**
 * Notices that the process was not running (rule M3): a beat that comes late tells the gap. A process may wake with input
 * before its timers, or the other way round, so shells call {@link PauseWatch.check} before they take input, too. Many
 * short stops in a row, as a throttled processor makes, count together; and a machine that sleeps may stop the monotonic
 * clock, so the wall clock is looked at as well.
 */
export class PauseWatch {
  readonly #clock: Clock
  readonly #beatMs: number
  readonly #gapMinMs: number
  readonly #windowMs: number
  readonly #listeners = new Set<PauseListener>()
  /** The gaps of the last window. */
  #recent: Gap[] = []
  #lastMs: number
  #lastWallMs: number
  #timer: Timer | undefined

  constructor(clock: Clock, options: PauseWatchOptions = {}) {
    this.#clock = clock
    this.#beatMs = options.beatMs ?? 100
    this.#gapMinMs = options.gapMinMs ?? 400
    this.#windowMs = options.windowMs ?? 3_000
    this.#lastMs = clock.monotonicMs()
    this.#lastWallMs = clock.wallMs()
  }

  /**
   * Listeners are called in the order in which they were added: first who must know before anything is delivered.
   *
   * @returns ends it
   */
  onResumed(listener: PauseListener): () => void {
    // An entry of its own: the same function may listen twice.
    const entry: PauseListener = (gapMs, awayMs) => listener(gapMs, awayMs)
    this.#listeners.add(entry)
    return () => {
      this.#listeners.delete(entry)
    }
  }

  start(): void {
    this.#recent = []
    this.#mark(this.#clock.monotonicMs())
    this.#beat()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Tells the listeners if the process has just been resumed; cheap otherwise. Returns the time it read for that. */
  check(): number {
    const nowMs = this.#clock.monotonicMs()
    const gapMs = nowMs - this.#lastMs - this.#beatMs
    const wallGapMs = this.#clock.wallMs() - this.#lastWallMs - this.#beatMs
    if (this.#timer === undefined) return nowMs
    if (gapMs >= this.#gapMinMs || wallGapMs >= this.#gapMinMs) this.#resumed(nowMs, Math.max(0, gapMs), wallGapMs)
    else if (gapMs >= this.#beatMs / 2) this.#stumbled(nowMs, gapMs)
    return nowMs
  }

  /**
   * Half the price of {@link PauseWatch.check}, for what passes between two of them: reads the wall clock alone, and checks
   * when that has moved otherwise than a process moves that runs. What it cannot see is a stop during which somebody sets
   * that clock back by as much; the next check, at the next input or beat, does.
   */
  glance(): void {
    const sinceMs = this.#clock.wallMs() - this.#lastWallMs
    if (sinceMs < 0 || sinceMs >= 1.5 * this.#beatMs) this.check()
  }

  #beat(): void {
    this.#timer = this.#clock.after(this.#beatMs, () => {
      this.#mark(this.check())
      this.#beat()
    })
  }

  /** Too short to be told by itself; but input waited for it as for any other, so it counts before that is taken. */
  #stumbled(nowMs: number, gapMs: number): void {
    this.#mark(nowMs)
    const awayMs = this.#away(nowMs, gapMs)
    if (awayMs >= this.#windowMs / 2) this.#tell(0, awayMs)
  }

  #resumed(nowMs: number, gapMs: number, wallGapMs: number): void {
    this.#mark(nowMs)
    this.#tell(gapMs, Math.max(this.#away(nowMs, gapMs), wallGapMs))
  }

  /** That a stop was told of does not end its part in the sum: the others' patience may have begun with it. */
  #away(nowMs: number, gapMs: number): number {
    this.#recent = this.#recent.filter(({ atMs }) => atMs > nowMs - this.#windowMs)
    if (gapMs > 0) this.#recent.push({ atMs: nowMs, gapMs })
    return this.#recent.reduce((sum, gap) => sum + gap.gapMs, 0)
  }

  #tell(gapMs: number, awayMs: number): void {
    for (const listener of this.#listeners) listener(gapMs, awayMs)
  }

  #mark(nowMs: number): void {
    this.#lastMs = nowMs
    this.#lastWallMs = this.#clock.wallMs()
  }
}
