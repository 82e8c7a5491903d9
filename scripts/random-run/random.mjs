// Chance that a seed decides: the faults of a run and the calls of each program are drawn from it.

/** @param {number} seed */
export function randomOf(seed) {
  let state = seed >>> 0
  /** From 0 to 1, exclusive (a Weyl sequence, mixed). */
  const fraction = () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000
  }
  const between = (from, to) => from + fraction() * (to - from)
  return {
    fraction,
    between,
    whole: (from, to) => Math.floor(between(from, to + 1)),
    /** Small values as often as large ones, by their size. */
    scaled: (from, to) => from * (to / from) ** fraction(),
    chance: (share) => fraction() < share,
    pick: (items) => items[Math.floor(fraction() * items.length)],
    /** One of the names, as often as its weight says. */
    weighed(weights) {
      let rest = fraction() * Object.values(weights).reduce((sum, weight) => sum + weight, 0)
      for (const [name, weight] of Object.entries(weights)) {
        rest -= weight
        if (rest < 0) return name
      }
      return Object.keys(weights)[0]
    },
  }
}
