/** A timeline as it travels between processes: counts for each interval since the beginning of the run. */
export interface TimelineRecord {
  readonly intervalMs: number
  readonly replied: readonly number[]
  readonly failed: readonly number[]
  /** For each interval {@link latencyBuckets} counts, one after the other. */
  readonly latency: readonly number[]
}

/** Figures of each interval, for people. Latencies are 0 where nothing was replied. */
export interface TimelineFigures {
  readonly intervalSeconds: number
  readonly repliesPerSecond: readonly number[]
  readonly failuresPerSecond: readonly number[]
  readonly p50Micros: readonly number[]
  readonly p99Micros: readonly number[]
}

const firstIntervalMs = 100
/** When there are more, two become one: a run of days costs no more memory than one of minutes. */
const intervalsAtMost = 1_200
/** Four for each doubling, from 1 us to over an hour. */
const perDoubling = 4
export const latencyBuckets = 32 * perDoubling

/** Replies, failures and latencies over the time of a run. */
export class Timeline {
  private intervalMs = firstIntervalMs
  private count = 0
  private replied = new Float64Array(intervalsAtMost)
  private failed = new Float64Array(intervalsAtMost)
  private latency = new Float64Array(intervalsAtMost * latencyBuckets)

  /** @param atMs since the beginning of the run */
  reply(atMs: number, ms: number): void {
    const at = this.at(atMs)
    this.replied[at]!++
    this.latency[at * latencyBuckets + bucketOf(ms)]!++
  }

  failure(atMs: number): void {
    // First, for it may put other arrays in the place of these.
    const at = this.at(atMs)
    this.failed[at]!++
  }

  /** Joins what another process did in the same run. */
  add(record: TimelineRecord): void {
    while (this.intervalMs < record.intervalMs) this.halve()
    for (let at = 0; at < record.replied.length; at++) {
      const own = this.at(at * record.intervalMs)
      this.replied[own]! += record.replied[at]!
      this.failed[own]! += record.failed[at]!
      for (let bucket = 0; bucket < latencyBuckets; bucket++) {
        this.latency[own * latencyBuckets + bucket]! += record.latency[at * latencyBuckets + bucket]!
      }
    }
  }

  toRecord(): TimelineRecord {
    const { intervalMs, count } = this
    return {
      intervalMs,
      replied: [...this.replied.subarray(0, count)],
      failed: [...this.failed.subarray(0, count)],
      latency: [...this.latency.subarray(0, count * latencyBuckets)],
    }
  }

  private at(atMs: number): number {
    let at = Math.max(0, Math.floor(atMs / this.intervalMs))
    while (at >= intervalsAtMost) {
      this.halve()
      at = Math.floor(atMs / this.intervalMs)
    }
    if (at >= this.count) this.count = at + 1
    return at
  }

  private halve(): void {
    this.intervalMs *= 2
    this.count = Math.ceil(this.count / 2)
    this.replied = pairsJoined(this.replied, 1)
    this.failed = pairsJoined(this.failed, 1)
    this.latency = pairsJoined(this.latency, latencyBuckets)
  }
}

/** What the records of one run, one of each process, say together. */
export function timelineFigures(records: readonly TimelineRecord[]): TimelineFigures {
  const joined = new Timeline()
  for (const record of records) joined.add(record)
  const { intervalMs, replied, failed, latency } = joined.toRecord()
  const perSecond = (counts: readonly number[]) => counts.map((count) => (count * 1_000) / intervalMs)
  const percentile = (share: number) => replied.map((count, at) => percentileMicros(latency, at, share * count))
  return {
    intervalSeconds: intervalMs / 1_000,
    repliesPerSecond: perSecond(replied),
    failuresPerSecond: perSecond(failed),
    p50Micros: percentile(0.5),
    p99Micros: percentile(0.99),
  }
}

function percentileMicros(latency: readonly number[], interval: number, wanted: number): number {
  if (wanted === 0) return 0
  let seen = 0
  for (let bucket = 0; bucket < latencyBuckets; bucket++) {
    seen += latency[interval * latencyBuckets + bucket]!
    if (seen >= wanted) return 2 ** (bucket / perDoubling)
  }
  return 2 ** (latencyBuckets / perDoubling)
}

function bucketOf(ms: number): number {
  const micros = ms * 1_000
  return micros <= 1 ? 0 : Math.min(latencyBuckets - 1, Math.round(Math.log2(micros) * perDoubling))
}

/** Each two neighbours of `width` numbers become one; the rest of the array is empty again. */
function pairsJoined(counts: Float64Array, width: number): Float64Array<ArrayBuffer> {
  const joined = new Float64Array(counts.length)
  counts.forEach((count, at) => {
    const interval = Math.floor(at / width)
    joined[Math.floor(interval / 2) * width + (at % width)]! += count
  })
  return joined
}
