import type { Configuration } from './configuration.ts'
import type { ConfigurationError } from './error.ts'
import { formatIssue } from './issue.ts'

/** What a reading of the whole configuration ended in. `digest` is the same for the same texts. */
export type ReadOutcome =
  | { readonly kind: 'valid'; readonly digest: string; readonly configuration: Configuration }
  | { readonly kind: 'invalid'; readonly error: ConfigurationError }

/** What {@link Reload} wants done. A new timer replaces the one before. */
export interface ReloadEffects {
  read(): void
  arm(delayMs: number): void
  changed(configuration: Configuration): void
  invalid(error: ConfigurationError): void
}

export interface ReloadTimes {
  /** After a sign of change, until it is read: an editor writes in several steps. */
  readonly debounceMs: number
  /** How long a configuration must stay invalid in the same way before that is told. */
  readonly settleMs: number
  /** Between looks where nothing gives a sign: a file system that cannot be watched, a file that is missing. */
  readonly pollMs: number
}

type Phase =
  | { readonly kind: 'resting' }
  | { readonly kind: 'waiting'; readonly for: 'change' | 'settling' | 'poll' }
  | { readonly kind: 'reading'; readonly again: boolean; readonly settled: boolean }

/** Decides when a watched configuration is read again, and what of it is told. */
export class Reload {
  readonly #times: ReloadTimes
  readonly #effects: ReloadEffects
  #digest: string | undefined
  #phase: Phase = { kind: 'resting' }
  /** What is wrong at the moment, as text; undefined while the configuration is valid. */
  #wrong: string | undefined
  #told: string | undefined
  #polls = false

  /** `digest` is that of the configuration in use; without it the first valid reading is taken to be that. */
  constructor(times: ReloadTimes, effects: ReloadEffects, digest: string | undefined) {
    this.#times = times
    this.#effects = effects
    this.#digest = digest
  }

  /** Something happened where the files are. */
  touched(): void {
    if (this.#phase.kind === 'reading') this.#phase = { ...this.#phase, again: true }
    // Signs that never pause must not put it off for ever.
    else if (this.#phase.kind !== 'waiting' || this.#phase.for !== 'change') this.#wait('change')
  }

  /** The armed time is over. */
  timer(): void {
    if (this.#phase.kind !== 'waiting') return
    this.#phase = { kind: 'reading', again: false, settled: this.#phase.for === 'settling' }
    this.#effects.read()
  }

  /** What a read that was asked for ended in; `watched` tells whether every file's directory gives signs. */
  read(outcome: ReadOutcome, watched: boolean): void {
    const { again, settled } = this.#phase.kind === 'reading' ? this.#phase : { again: false, settled: false }
    this.#polls = !watched
    this.#phase = { kind: 'resting' }
    if (outcome.kind === 'valid') this.#valid(outcome.digest, outcome.configuration)
    else this.#invalid(outcome.error, settled)
    if (again) this.touched()
    else if (!this.#waits && this.#polls) this.#wait('poll')
  }

  get #waits(): boolean {
    return this.#phase.kind === 'waiting'
  }

  #valid(digest: string, configuration: Configuration): void {
    this.#wrong = undefined
    this.#told = undefined
    const before = this.#digest
    this.#digest = digest
    if (before !== undefined && before !== digest) this.#effects.changed(configuration)
  }

  #invalid(error: ConfigurationError, settled: boolean): void {
    const wrong = error.issues.map(formatIssue).join('\n')
    const stayed = settled && wrong === this.#wrong
    this.#wrong = wrong
    if (stayed && wrong !== this.#told) {
      this.#told = wrong
      this.#effects.invalid(error)
    }
    // A certificate or a file to include may come to a place that gives no sign.
    if (wrong === this.#told) this.#polls = true
    else this.#wait('settling')
  }

  #wait(reason: 'change' | 'settling' | 'poll'): void {
    const { debounceMs, settleMs, pollMs } = this.#times
    this.#phase = { kind: 'waiting', for: reason }
    this.#effects.arm({ change: debounceMs, settling: settleMs, poll: pollMs }[reason])
  }
}
