import { addressedLane, keyedLane } from './credit-lanes.ts'

/** What is asked of a program that may be chosen. */
export interface Choosable {
  hasRoom(lane: number): boolean
  readonly knowsServices: boolean
}

/**
 * Which attached program takes a request. By key hash the choice is stable: each program has a score for the hash and
 * the highest wins, so a program that comes or goes changes only the keys it takes or had.
 */
export class ProgramChoice<Program extends Choosable> {
  private programs: readonly Program[] = []
  private salts: readonly number[] = []
  private turn = 0
  private addressedTurn = 0
  private attached = 0

  get count(): number {
    return this.programs.length
  }

  add(port: Program): void {
    this.programs = [...this.programs, port]
    this.salts = [...this.salts, Math.imul(++this.attached, 0x9e3779b1)]
  }

  remove(port: Program): void {
    const place = this.programs.indexOf(port)
    if (place < 0) return
    this.programs = this.programs.filter((_, index) => index !== place)
    this.salts = this.salts.filter((_, index) => index !== place)
  }

  /** The program of a key hash, `null` when none is attached. */
  byHash(hash: number): Program | null {
    const programs = this.programs
    if (programs.length <= 1) return programs[0] ?? null
    let best = 0
    let bestScore = -1
    for (let index = 0; index < programs.length; index++) {
      const score = mixed(hash ^ this.salts[index]!)
      if (score > bestScore) {
        best = index
        bestScore = score
      }
    }
    return programs[best]!
  }

  /** The next program in turn that has room, else the next in turn; `null` when none is attached. */
  next(): Program | null {
    const programs = this.programs
    for (let tried = 0; tried < programs.length; tried++) {
      this.turn = (this.turn + 1) % programs.length
      const port = programs[this.turn]!
      if (port.hasRoom(keyedLane)) return port
    }
    return programs[this.turn] ?? programs[0] ?? null
  }

  /** The next one for what is addressed, likewise: a turn of its own, over those that know addresses. */
  nextAddressed(): Program | null {
    const programs = this.programs
    let full: Program | null = null
    for (let tried = 0; tried < programs.length; tried++) {
      this.addressedTurn = (this.addressedTurn + 1) % programs.length
      const port = programs[this.addressedTurn]!
      if (!port.knowsServices) continue
      if (port.hasRoom(addressedLane)) return port
      full ??= port
    }
    return full
  }
}

function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
