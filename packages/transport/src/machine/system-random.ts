import { randomFillSync } from 'node:crypto'
import type { Random } from '@ring/platform'

const pool = new Uint32Array(64)
let used = pool.length

/** Cryptographic chance, drawn from the operating system in small portions. */
export const systemRandom: Random = {
  uint32: () => {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    return pool[used++]!
  },
}
