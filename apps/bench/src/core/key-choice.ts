/** How the keys of a load are drawn: one after the other, all alike, or as Zipf has it (few keys, most requests). */
export type KeyDistribution = 'in-turn' | 'uniform' | 'zipf'

/** Of Zipf's law: as in the YCSB benchmark, so that figures can be compared. */
const zipfExponent = 0.99

/** Draws keys. Each sender has its own. */
export class KeyChoice {
  private readonly keys: readonly string[]
  private readonly distribution: KeyDistribution
  private readonly random: () => number
  private turn: number
  private readonly cumulative: Float64Array | undefined

  /**
   * @param random a number of 0 up to but not 1
   * @param start where this sender begins, in turn
   */
  constructor(keys: readonly string[], distribution: KeyDistribution, random: () => number, start: number) {
    this.keys = keys
    this.distribution = distribution
    this.random = random
    this.turn = start % keys.length
    if (distribution === 'zipf') this.cumulative = zipf(keys.length)
  }

  next(): string {
    switch (this.distribution) {
      case 'in-turn': {
        const key = this.keys[this.turn]!
        this.turn = this.turn + 1 === this.keys.length ? 0 : this.turn + 1
        return key
      }
      case 'uniform':
        return this.keys[Math.floor(this.random() * this.keys.length)]!
      case 'zipf':
        return this.keys[firstAbove(this.cumulative!, this.random())]!
    }
  }
}

/** The keys that the senders go through. */
export function keySpace(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `key${index}`)
}

const zipfTables = new Map<number, Float64Array>()

/** The share of all requests that goes to the first key, the first two, and so on; the same for all senders. */
function zipf(count: number): Float64Array {
  const known = zipfTables.get(count)
  if (known !== undefined) return known
  const cumulative = new Float64Array(count)
  let sum = 0
  for (let rank = 0; rank < count; rank++) {
    sum += 1 / (rank + 1) ** zipfExponent
    cumulative[rank] = sum
  }
  for (let rank = 0; rank < count; rank++) cumulative[rank]! /= sum
  zipfTables.set(count, cumulative)
  return cumulative
}

function firstAbove(cumulative: Float64Array, share: number): number {
  let [low, high] = [0, cumulative.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (cumulative[middle]! > share) high = middle
    else low = middle + 1
  }
  return low
}
