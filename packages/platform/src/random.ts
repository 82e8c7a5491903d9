/** The only source of chance in Ring: cryptographic in the shells, seeded in the simulator. */
export interface Random {
  /** An integer of 0 to 2^32 - 1, evenly distributed. */
  uint32(): number
}

/** A number of 0 (included) to 1 (excluded). */
export function unit(random: Random): number {
  return random.uint32() / 0x1_0000_0000
}

/** An integer of 0 (included) to `bound` (excluded); `bound` is 1 to 2^32. */
export function below(random: Random, bound: number): number {
  return Math.floor(unit(random) * bound)
}

/** `delayMs` plus or minus up to `part` of it, so that nodes that started together do not act in step. */
export function jittered(random: Random, delayMs: number, part = 0.1): number {
  return delayMs * (1 - part + 2 * part * unit(random))
}

/** A fresh array in random order (Fisher-Yates). */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items]
  for (let last = result.length - 1; last > 0; last--) {
    const other = below(random, last + 1)
    const item = result[last]!
    result[last] = result[other]!
    result[other] = item
  }
  return result
}

/** `length` random bytes as lower-case hexadecimal digits: a new identity (lineage, voter). */
export function randomHex(random: Random, length = 16): string {
  let text = ''
  while (text.length < length * 2) text += random.uint32().toString(16).padStart(8, '0')
  return text.slice(0, length * 2)
}
