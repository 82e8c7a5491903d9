import type { NodeName } from '@ring/platform'
import type { Inquiry } from '../message.ts'
import { type Voter, votersMax } from '../record/record.ts'
import { type Electorate, type FormationTerms, founders } from '../voting/quorum.ts'
import type { RegisterRules } from '../voting/rules.ts'

export interface FormationOptions {
  /** The configured servers, or with `expected` those that are known at the start; the own name may be among them. */
  readonly names: readonly NodeName[]
  /** How many names there are to be; default: as many as `names`. */
  readonly expected?: number
  /** This node takes part in no formation: it was added to a running ring, or given a new disk. */
  readonly joinOnly?: boolean
  /** How long a node asks everybody before it says that there is no record, in milliseconds. */
  readonly lookMs?: number
}

/** What the formation would do now. */
export type FormationStep =
  | { readonly kind: 'wait' }
  | { readonly kind: 'propose'; readonly electorate: Electorate }
  /** More names than there are to be: somebody's configuration is wrong. */
  | { readonly kind: 'stopped'; readonly names: readonly NodeName[] }

const lookUsuallyMs = 1_000
const namesMax = 1_024

/**
 * How the first record comes about (rule R7): by a majority of the configured names whose directories are all empty, none of
 * whom hears of a record; otherwise by all of them.
 */
export class Formation {
  readonly #self: Voter
  readonly #fresh: boolean
  readonly #expected: number
  readonly #rules: RegisterRules
  readonly #lookMs: number
  readonly #startMs: number
  readonly #names: Set<NodeName>
  readonly #heard = new Map<NodeName, Inquiry>()
  readonly joinOnly: boolean

  constructor(options: FormationOptions, self: Voter, fresh: boolean, nowMs: number, rules: RegisterRules) {
    this.#self = self
    this.#fresh = fresh
    this.#names = new Set([self.name, ...options.names])
    this.#expected = options.expected ?? this.#names.size
    this.#lookMs = options.lookMs ?? lookUsuallyMs
    this.#startMs = nowMs
    this.#rules = rules
    this.joinOnly = options.joinOnly ?? false
  }

  /** All names seen, sorted; the same at all who have seen the same. */
  get names(): readonly NodeName[] {
    return [...this.#names].sort()
  }

  see(names: readonly NodeName[]): void {
    for (const name of names) if (this.#names.size < namesMax) this.#names.add(name)
  }

  hear(from: NodeName, inquiry: Inquiry): void {
    // Somebody with other names in its configuration belongs to the count, too; not one that comes to join only.
    const names = [from, ...inquiry.names]
    this.see(inquiry.joinOnly ? names.filter((name) => name !== from) : names)
    this.#heard.set(from, inquiry)
  }

  inquiry(nowMs: number, answer: boolean): Inquiry {
    return {
      type: 'register.inquire',
      answer,
      voterId: this.#self.voterId,
      names: this.names,
      fresh: this.#fresh,
      looked: this.#hasLooked(nowMs),
      joinOnly: this.joinOnly,
    }
  }

  /** Whether this node may vote in a formation on these terms. */
  mayVote(terms: FormationTerms, nowMs: number): boolean {
    if (this.joinOnly || terms.names.join() !== this.names.join() || this.#names.size !== this.#expected) return false
    return terms.all || ((this.#fresh || !this.#rules.formationFresh) && this.#hasLooked(nowMs))
  }

  next(nowMs: number): FormationStep {
    if (this.joinOnly || this.#names.size < this.#expected) return { kind: 'wait' }
    if (this.#names.size > this.#expected) return { kind: 'stopped', names: this.names }
    if (!this.#hasLooked(nowMs)) return { kind: 'wait' }
    const present = this.#present()
    const all = present.length === this.#expected
    const eligible = present.filter((one) => one.mayBeMajority)
    const voters = all ? present : eligible
    if (!all && (eligible.length * 2 <= this.#expected || !eligible.some((one) => one.name === this.#self.name)))
      return { kind: 'wait' }
    if (!this.#isMyTurn(voters, nowMs)) return { kind: 'wait' }
    const terms = { names: this.names, all: all && eligible.length * 2 <= this.#expected }
    const chosen = terms.all || !all ? voters : eligible
    return {
      kind: 'propose',
      electorate: founders(
        chosen.map(({ name, voterId }) => ({ name, voterId })),
        terms,
      ),
    }
  }

  /** Those who will be the first voters. */
  firstVoters(electorate: Electorate): readonly Voter[] {
    return electorate.voters.slice(0, votersMax)
  }

  #hasLooked(nowMs: number): boolean {
    return nowMs - this.#startMs >= this.#lookMs || !this.#rules.formationLooks
  }

  /** Everybody who was heard, and this node, sorted by name. */
  #present(): readonly (Voter & { readonly mayBeMajority: boolean })[] {
    const others = [...this.#heard]
      .filter(([, inquiry]) => !inquiry.joinOnly)
      .map(([name, { voterId, fresh, looked }]) => ({ name, voterId, mayBeMajority: this.#isFresh(fresh) && looked }))
    const self = { ...this.#self, mayBeMajority: this.#isFresh(this.#fresh) }
    return [...others, self].sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  #isFresh(fresh: boolean): boolean {
    return fresh || !this.#rules.formationFresh
  }

  /** The first one by name proposes; the others follow one after another, should it not be able to. */
  #isMyTurn(voters: readonly Voter[], nowMs: number): boolean {
    const rank = voters.findIndex((voter) => voter.name === this.#self.name)
    if (!this.#rules.formationLooks) return true
    return nowMs - this.#startMs >= this.#lookMs * (1 + 2 * rank)
  }
}
