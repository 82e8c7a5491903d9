import type { Random } from '@ring/platform'
import { TextHash } from '../text-hash.ts'

/**
 * Seeded chance (the generator sfc32). `fork` gives a generator of its own for each purpose, which depends on the seed and
 * the purpose alone: one more draw for one purpose does not shift what the others draw.
 */
export class SeededRandom implements Random {
  readonly #seed: string
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number | string) {
    this.#seed = String(seed)
    const hash = new TextHash()
    hash.add(this.#seed)
    this.#a = hash.low
    this.#b = hash.high
    this.#c = hash.low ^ 0x9e3779b9
    // The first outputs still show the seed's pattern.
    for (let round = 0; round < 16; round++) this.uint32()
  }

  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  fork(purpose: string): SeededRandom {
    return new SeededRandom(`${this.#seed}/${purpose}`)
  }
}
