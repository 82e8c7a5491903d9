export type TraceDirection = 'in' | 'out'
/** CHMPX tells its sockets from its message queues; where Ring has a program's socket, CHMPX has a queue. */
export type TraceDevice = 'socket' | 'queue'

export interface TraceFilter {
  readonly direction?: TraceDirection
  readonly device?: TraceDevice
  /** The newest so many. */
  readonly count?: number
}

const labels = {
  in: { socket: '[Input Socket]', queue: '[Input MQ]' },
  out: { socket: '[Output Socket]', queue: '[Output MQ]' },
} as const

const entriesMax = 32_768
const outBit = 1
const queueBit = 2

/**
 * The last frames that went through a node (TRACE, TRACEVIEW): a ring of as many as `MAXHISTLOG` says, in memory only once it is
 * enabled. While it is not, an entry costs the look at {@link isEnabled}.
 */
export class TraceLog {
  readonly #capacity: number
  #isEnabled = false
  #recorded = 0
  #kinds = new Uint8Array(0)
  #bytes = new Float64Array(0)
  #startMs = new Float64Array(0)
  #finishMs = new Float64Array(0)

  /** @param capacity 0: nothing can be traced; at most 32 768, as in CHMPX */
  constructor(capacity: number) {
    this.#capacity = Math.min(Math.max(0, Math.trunc(capacity)), entriesMax)
  }

  get capacity(): number {
    return this.#capacity
  }

  get isEnabled(): boolean {
    return this.#isEnabled
  }

  /** Begins anew, or keeps what there is to be looked at. @returns false when it was so already */
  setEnabled(enabled: boolean): boolean {
    if (enabled === this.#isEnabled) return false
    this.#isEnabled = enabled
    if (!enabled) return true
    this.#recorded = 0
    this.#kinds = new Uint8Array(this.#capacity)
    this.#bytes = new Float64Array(this.#capacity)
    this.#startMs = new Float64Array(this.#capacity)
    this.#finishMs = new Float64Array(this.#capacity)
    return true
  }

  /** @param startMs by the wall clock, as `finishMs` */
  record(direction: TraceDirection, device: TraceDevice, bytes: number, startMs: number, finishMs: number): void {
    if (!this.#isEnabled || this.#capacity === 0) return
    const at = this.#recorded % this.#capacity
    this.#kinds[at] = (direction === 'out' ? outBit : 0) | (device === 'queue' ? queueBit : 0)
    this.#bytes[at] = bytes
    this.#startMs[at] = startMs
    this.#finishMs[at] = finishMs
    this.#recorded++
  }

  /** The newest that fit, the oldest of them first, a line each. (CHMPX shows the oldest of all instead.) */
  view({ direction, device, count = entriesMax }: TraceFilter = {}): readonly string[] {
    const shown: string[] = []
    const oldest = Math.max(0, this.#recorded - this.#capacity)
    for (let number = this.#recorded - 1; number >= oldest && shown.length < count; number--) {
      const at = number % this.#capacity
      const kind = this.#kinds[at]!
      const isFitting =
        (direction === undefined || (direction === 'out') === ((kind & outBit) !== 0)) &&
        (device === undefined || (device === 'queue') === ((kind & queueBit) !== 0))
      if (isFitting) shown.push(this.#line(at))
    }
    return shown.reverse()
  }

  #line(at: number): string {
    const kind = this.#kinds[at]!
    const label = labels[(kind & outBit) === 0 ? 'in' : 'out'][(kind & queueBit) === 0 ? 'socket' : 'queue']
    const span = `START(${stamp(this.#startMs[at]!)}) - FINISH(${stamp(this.#finishMs[at]!)})`
    return `${label}\t${this.#bytes[at]!} byte\t${span}`
  }
}

/** As `1795291275s 751573552ns`. */
function stamp(wallMs: number): string {
  const seconds = Math.floor(wallMs / 1000)
  return `${seconds}s ${Math.floor((wallMs - seconds * 1000) * 1e6)}ns`
}
