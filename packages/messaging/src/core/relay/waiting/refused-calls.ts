/** The numbers of calls that were refused and have not come again, in order: each is added, found and taken out by its place. */
export class RefusedCalls {
  private readonly numbers: number[] = []

  get size(): number {
    return this.numbers.length
  }

  /** Whether one of them has a lower number. */
  hasBefore(number: number): boolean {
    return this.numbers.length > 0 && isBefore(this.numbers[0]!, number)
  }

  has(number: number): boolean {
    return this.numbers[this.placeOf(number)] === number
  }

  /** False when it is among them. */
  add(number: number): boolean {
    const place = this.placeOf(number)
    if (this.numbers[place] === number) return false
    // Mostly the highest.
    if (place === this.numbers.length) this.numbers.push(number)
    else this.numbers.splice(place, 0, number)
    return true
  }

  /** False when it was not among them. */
  delete(number: number): boolean {
    const place = this.placeOf(number)
    if (this.numbers[place] !== number) return false
    if (place === 0) this.numbers.shift()
    else this.numbers.splice(place, 1)
    return true
  }

  /** The place of the first that is not before `number`. */
  private placeOf(number: number): number {
    let low = 0
    let high = this.numbers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isBefore(this.numbers[middle]!, number)) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Numbers of calls begin anew after 2^32. */
function isBefore(one: number, other: number): boolean {
  return ((one - other) | 0) < 0
}
