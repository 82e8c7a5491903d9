import type { Address, DialOutcome, Incarnation, NodeName, Peer } from '@ring/platform'
import type { GmsContext } from '../context.ts'
import { membersMax } from '../record/view.ts'

/** Who should answer at an address. What came out is remembered for the life that is named. */
export interface Whereabouts {
  readonly name: NodeName
  readonly address: Address
  readonly incarnation?: Incarnation
}

/** What dialling came to; `why` is for people. */
export type DialVerdict = { readonly reached: true } | { readonly reached: false; readonly why: string }

type Done = (verdict: DialVerdict) => void

interface Dial {
  readonly key: string
  readonly who: Whereabouts
  readonly waiting: Done[]
}

/** So many dials are under way at once; more wait for their turn. */
const atOnceMax = 64
/** What one dial came to is good for so long: who asks again and again must not cost a dial each time. */
const reachedForMs = 10_000
const failedForMs = 500
const askersMax = 8

/**
 * Finds out whether nodes can be dialled where they say they are. That one talks to us proves nothing: the link may be of
 * its own dialling, and then nobody could bring it a request.
 */
export class DialBack {
  readonly #context: GmsContext
  readonly #underWay = new Map<number, Dial>()
  readonly #waiting: Dial[] = []
  readonly #dials = new Map<string, Dial>()
  readonly #known = new Map<string, { readonly verdict: DialVerdict; readonly atMs: number }>()

  constructor(context: GmsContext) {
    this.#context = context
  }

  reset(): void {
    this.#underWay.clear()
    this.#waiting.length = 0
    this.#dials.clear()
    this.#known.clear()
  }

  /**
   * Dials who is not known to be there; `done` may be called at once, and is never called when this life ends before.
   *
   * @param anew whatever came out a moment ago
   */
  ask(who: Whereabouts, done: Done, anew = false): void {
    const key = keyOf(who)
    const known = anew ? undefined : this.#known.get(key)
    if (known && this.#context.nowMs - known.atMs < (known.verdict.reached ? reachedForMs : failedForMs))
      return done(known.verdict)
    const same = this.#dials.get(key)
    if (same) {
      if (same.waiting.length < askersMax) same.waiting.push(done)
      return
    }
    if (this.#dials.size >= membersMax) return done({ reached: false, why: 'too many dials are waiting' })
    const dial: Dial = { key, who, waiting: [done] }
    this.#dials.set(key, dial)
    this.#waiting.push(dial)
    this.#next()
  }

  /** Somebody else in this node dialled there, and this life answered: it need not be dialled again. */
  answered(address: Address, { name, incarnation }: Peer): void {
    for (const who of [
      { name, address },
      { name, address, incarnation },
    ])
      this.#remember(keyOf(who), { reached: true })
  }

  /** False when the dial was somebody else's. */
  onDialled(token: number, outcome: DialOutcome): boolean {
    const dial = this.#underWay.get(token)
    if (!dial) return false
    this.#underWay.delete(token)
    this.#dials.delete(dial.key)
    const verdict = verdictOf(dial.who, outcome)
    this.#remember(dial.key, verdict)
    this.#next()
    for (const done of dial.waiting) done(verdict)
    return true
  }

  #next(): void {
    const context = this.#context
    while (this.#underWay.size < atOnceMax) {
      const dial = this.#waiting.shift()
      if (!dial) return
      context.dials += 1
      this.#underWay.set(context.dials, dial)
      const { address } = dial.who
      context.emit({ type: 'dial', token: context.dials, address, timeoutMs: context.timing.joinTimeoutMs })
    }
  }

  #remember(key: string, verdict: DialVerdict): void {
    this.#known.delete(key)
    this.#known.set(key, { verdict, atMs: this.#context.nowMs })
    const [oldest] = this.#known.keys()
    if (this.#known.size > membersMax && oldest !== undefined) this.#known.delete(oldest)
  }
}

function keyOf({ name, incarnation, address }: Whereabouts): string {
  return `${name} ${incarnation ?? ''} ${address}`
}

/** Which life answers says nothing of the address: it may have taken the next one while it was dialled. */
function verdictOf({ name }: Whereabouts, outcome: DialOutcome): DialVerdict {
  if (outcome.kind === 'rejected') return { reached: false, why: `rejected (${outcome.reason})`.slice(0, whyMaxChars) }
  if (outcome.kind !== 'connected') return { reached: false, why: outcome.kind }
  const other = outcome.peer.name
  return other === name ? { reached: true } : { reached: false, why: `${other} answers there`.slice(0, whyMaxChars) }
}

export const whyMaxChars = 300
