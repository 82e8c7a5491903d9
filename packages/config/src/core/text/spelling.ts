const longest = 40

/** The number of single-letter edits between two short words; two letters in the wrong order count as one. */
function distance(one: string, other: string): number {
  let before: number[] = []
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const replaced = previous[column - 1]! + (one[row - 1] === other[column - 1] ? 0 : 1)
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      const exchanged = row > 1 && column > 1 && swapped ? before[column - 2]! + 1 : replaced
      current.push(Math.min(replaced, exchanged, previous[column]! + 1, current[column - 1]! + 1))
    }
    before = previous
    previous = current
  }
  return previous[other.length]!
}

/** The known word that was probably meant, if one is near; case does not count. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > longest) return undefined
  const wanted = word.toUpperCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of known) {
    const edits = distance(wanted, candidate.toUpperCase())
    if (edits < bestDistance) {
      best = candidate
      bestDistance = edits
    }
  }
  return best
}

/** `; did you mean PORT?`, or nothing. */
export function suggestion(word: string, known: Iterable<string>): string {
  const meant = nearest(word, known)
  return meant === undefined ? '' : `; did you mean ${meant}?`
}
