import type { NodeName } from '@ring/platform'
import type { Isolation } from '../network/connectivity.ts'
import type { Fault, Recording } from './fault.ts'

/** A fault as a line of a script. {@link parseFault} reads it again. */
export function faultText(fault: Fault): string {
  switch (fault.kind) {
    case 'crash':
    case 'forget':
      return `${fault.kind} ${fault.node}`
    case 'pause':
      return `${fault.clock === 'stops' ? 'suspend' : 'pause'} ${fault.node}`
    case 'cut':
      return `cut ${fault.from.join(' ')} > ${fault.to.join(' ')}`
    case 'refuse':
      return `refuse ${fault.from} > ${fault.to}`
    case 'partition':
      return `cut ${fault.groups
        .filter((names) => names.length > 0)
        .map((names) => names.join(' '))
        .join(' | ')}`
    case 'isolate':
      return `isolate ${fault.node}${fault.way === 'both' ? '' : ` ${fault.way}`}`
    case 'silent-links':
      return `silence ${fault.plane} ${fault.between.join(' ')}`
    case 'wall-jump':
      return `jump ${fault.node} ${fault.byMs}ms`
    case 'clock-rate':
      return `rate ${fault.node} ${fault.rate}`
    case 'slow-network':
      return `slow ${fault.factor}`
    case 'narrow-network':
      return `narrow ${fault.bytesPerSecond}`
    case 'loss':
      return `loss ${fault.probability}`
    case 'duplication':
      return `duplicate ${fault.probability}`
    case 'full-disk':
      return `fail-disk ${fault.node} ${fault.probability}`
  }
}

/** A recording as a script: to be pasted into a test, after the lines that start the nodes. */
export function recordingText(recording: Recording): string {
  const lines = recording.faults.map(
    ({ atMs, forMs, fault }) => `at ${atMs}ms ${faultText(fault)} for ${Math.min(forMs, recording.untilMs - atMs)}ms`,
  )
  return [`# seed ${recording.seed}`, ...lines, `at ${recording.untilMs}ms heal all`].join('\n')
}

/**
 * The fault that the words of a script line name, or `undefined` where the first word is no fault's.
 *
 * @param nameOf the node behind a word
 * @throws RangeError when the first word is a fault's and the rest does not fit
 */
export function parseFault(words: readonly string[], nameOf: (word: string) => NodeName): Fault | undefined {
  const [verb, ...rest] = words
  const reader = new Words(verb ?? '', rest, nameOf)
  switch (verb) {
    case 'crash':
    case 'forget':
      return { kind: verb, node: reader.onlyNode() }
    case 'pause':
      return { kind: 'pause', node: reader.onlyNode(), clock: 'runs' }
    case 'suspend':
      return { kind: 'pause', node: reader.onlyNode(), clock: 'stops' }
    case 'cut':
      return reader.cut()
    case 'refuse': {
      const { from, to } = reader.way()
      return { kind: 'refuse', from, to }
    }
    case 'isolate':
      return { kind: 'isolate', node: reader.node(), way: reader.isolation() }
    case 'silence':
      return reader.silence()
    case 'jump':
      return { kind: 'wall-jump', node: reader.node(), byMs: reader.duration() }
    case 'rate':
      return { kind: 'clock-rate', node: reader.node(), rate: reader.number(1) }
    case 'slow':
      return { kind: 'slow-network', factor: reader.number(0) }
    case 'narrow':
      return { kind: 'narrow-network', bytesPerSecond: reader.number(0) }
    case 'loss':
      return { kind: 'loss', probability: reader.probability(0) }
    case 'duplicate':
      return { kind: 'duplication', probability: reader.probability(0) }
    case 'fail-disk':
      return { kind: 'full-disk', node: reader.node(), probability: reader.probability(1) }
    default:
      return undefined
  }
}

/** The two ends of `a > b`, where both are single nodes. */
export function parseWay(verb: string, words: readonly string[], nameOf: (word: string) => NodeName) {
  return new Words(verb, words, nameOf).way()
}

/** Milliseconds: `300ms`, `5s`, `2m`, a bare number; `undefined` for anything else. */
export function parseDuration(word: string | undefined): number | undefined {
  const [, digits, unit = 'ms'] = /^(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(ms|s|m)?$/.exec(word ?? '') ?? []
  return digits === undefined ? undefined : Number(digits) * ({ ms: 1, s: 1_000, m: 60_000 }[unit] ?? 1)
}

/** Reads the words behind a fault's name. */
class Words {
  readonly #verb: string
  readonly #words: readonly string[]
  readonly #nameOf: (word: string) => NodeName

  constructor(verb: string, words: readonly string[], nameOf: (word: string) => NodeName) {
    this.#verb = verb
    this.#words = words
    this.#nameOf = nameOf
  }

  node(): NodeName {
    const [word] = this.#words
    if (word === undefined || word === '>' || word === '|') throw this.#wrong('a node')
    return this.#nameOf(word)
  }

  onlyNode(): NodeName {
    if (this.#words.length !== 1) throw this.#wrong('one node')
    return this.node()
  }

  isolation(): Isolation {
    const word = this.#words[1] ?? 'both'
    if (word === 'in' || word === 'out' || word === 'both') return word
    throw this.#wrong('a node, and "in" or "out" where only one way is cut')
  }

  silence(): Fault {
    const [plane, one, other, ...more] = this.#words
    const fits = (plane === 'data' || plane === 'control') && one !== undefined && other !== undefined
    if (!fits || more.length > 0) throw this.#wrong('"data" or "control", and two nodes')
    return { kind: 'silent-links', plane, between: [this.#nameOf(one), this.#nameOf(other)] }
  }

  duration(): number {
    const ms = parseDuration(this.#words[1])
    if (ms === undefined) throw this.#wrong('a node and a duration such as -5s')
    return ms
  }

  number(at: number): number {
    const value = Number(this.#words[at]?.replace(/x$/, ''))
    if (!(value > 0)) throw this.#wrong('a number above 0')
    return value
  }

  probability(at: number): number {
    const word = this.#words[at] ?? ''
    const value = word.endsWith('%') ? Number(word.slice(0, -1)) / 100 : Number(word === '' ? Number.NaN : word)
    if (!(value >= 0 && value <= 1)) throw this.#wrong('a probability such as 5% or 0.05')
    return value
  }

  cut(): Fault {
    if (this.#words.includes('|')) {
      const groups = this.#split('|')
      return { kind: 'partition', groups }
    }
    const [from = [], to = [], ...more] = this.#split('>')
    if (from.length === 0 || to.length === 0 || more.length > 0)
      throw this.#wrong('two sides, as in "a | b c" or one way "a > b c"')
    return { kind: 'cut', from, to }
  }

  way(): { readonly from: NodeName; readonly to: NodeName } {
    const [[from, ...moreFrom] = [], [to, ...moreTo] = []] = this.#split('>')
    if (from === undefined || to === undefined || moreFrom.length + moreTo.length > 0) throw this.#wrong('"a > b"')
    return { from, to }
  }

  #split(by: string): readonly (readonly NodeName[])[] {
    const sides: NodeName[][] = [[]]
    for (const word of this.#words) {
      if (word === by) sides.push([])
      else sides.at(-1)!.push(this.#nameOf(word))
    }
    return sides
  }

  #wrong(wanted: string): RangeError {
    return new RangeError(`"${this.#verb}" needs ${wanted}, not "${this.#words.join(' ')}"`)
  }
}
