/** A histogram as it travels between processes: the sparse pairs of bucket and count, one after the other. */
export interface HistogramRecord {
  readonly count: number
  readonly sumMs: number
  readonly minTicks: number
  readonly maxTicks: number
  readonly buckets: readonly number[]
}

/** A tick is 100 ns: the clock of a busy machine says no more. */
const ticksPerMs = 10_000
const largestTicks = 0xffff_ffff
/** Each power of two is cut in this many buckets, so that a value is at most 0.8 % too high. */
const perOctave = 128
const bucketCount = 26 * perOctave

/**
 * Times in logarithmic buckets of at most 0.8 % width, exact below 25.6 µs. Kept in plain JavaScript: recording costs a
 * few instructions on the hot path, and unlike a native histogram it can be sent to another process and added there.
 */
export class Histogram {
  private readonly counts = new Float64Array(bucketCount)
  private total = 0
  private sumMs = 0
  private minTicks = largestTicks
  private maxTicks = 0

  get count(): number {
    return this.total
  }

  get totalMs(): number {
    return this.sumMs
  }

  record(ms: number): void {
    const ticks = ms <= 0 ? 0 : Math.min(largestTicks, Math.round(ms * ticksPerMs))
    const index = bucketOf(ticks)
    this.counts[index] = this.counts[index]! + 1
    this.total++
    this.sumMs += ms
    if (ticks < this.minTicks) this.minTicks = ticks
    if (ticks > this.maxTicks) this.maxTicks = ticks
  }

  add(other: HistogramRecord): void {
    for (let at = 0; at < other.buckets.length; at += 2) {
      const index = other.buckets[at]!
      this.counts[index] = this.counts[index]! + other.buckets[at + 1]!
    }
    this.total += other.count
    this.sumMs += other.sumMs
    this.minTicks = Math.min(this.minTicks, other.minTicks)
    this.maxTicks = Math.max(this.maxTicks, other.maxTicks)
  }

  toRecord(): HistogramRecord {
    const buckets: number[] = []
    this.counts.forEach((count, index) => {
      if (count > 0) buckets.push(index, count)
    })
    const { total: count, sumMs, minTicks, maxTicks } = this
    return { count, sumMs, minTicks, maxTicks, buckets }
  }

  /** The value that `percent` of all values do not exceed, in microseconds; 0 when there is none. */
  percentileMicros(percent: number): number {
    const wanted = Math.max(1, Math.ceil((percent / 100) * this.total))
    let seen = 0
    for (let index = 0; index < bucketCount; index++) {
      seen += this.counts[index]!
      if (seen >= wanted) return microsOf(Math.max(this.minTicks, Math.min(this.maxTicks, lastTicksOf(index))))
    }
    return 0
  }

  get minMicros(): number {
    return this.total === 0 ? 0 : microsOf(this.minTicks)
  }

  get maxMicros(): number {
    return microsOf(this.maxTicks)
  }

  get meanMicros(): number {
    return this.total === 0 ? 0 : (this.sumMs * 1_000) / this.total
  }
}

function microsOf(ticks: number): number {
  return ticks / 10
}

function bucketOf(ticks: number): number {
  if (ticks < 2 * perOctave) return ticks
  const shift = 24 - Math.clz32(ticks)
  return shift * perOctave + (ticks >>> shift)
}

/** The highest value that falls in a bucket. */
function lastTicksOf(index: number): number {
  if (index < 2 * perOctave) return index
  const shift = Math.floor(index / perOctave) - 1
  return (index - shift * perOctave + 1) * 2 ** shift - 1
}
