import type { Incarnation, NodeName, Peer } from '@ring/platform'
import { type GmsContext, otherMembers, progressOf, send } from '../context.ts'
import { speaksReach } from '../record/view.ts'

export interface VotingAbilityHost {
  takeSeq(): number
  /** Who would act may be another one now. */
  onChange(): void
}

/**
 * Who can vote: a member that cannot store what it votes (a full disk) lives, and is no use as a coordinator, since nothing
 * that it proposes leaves it. It says so with every probe and answer, and the next member acts.
 */
export class VotingAbility {
  readonly #context: GmsContext
  readonly #host: VotingAbilityHost
  readonly #unable = new Map<NodeName, Incarnation>()
  #isSelfUnable = false

  constructor(context: GmsContext, host: VotingAbilityHost) {
    this.#context = context
    this.#host = host
  }

  /** Whether this node's own votes are stored. */
  get isSelfAble(): boolean {
    return !this.#isSelfUnable
  }

  /** Whether the life could vote when it was last heard of. */
  isAble({ name, incarnation }: { readonly name: NodeName; readonly incarnation: Incarnation }): boolean {
    return name === this.#context.self.name ? this.isSelfAble : this.#unable.get(name) !== incarnation
  }

  /** What probes and answers say of it; nothing as long as all is well. */
  get word(): { readonly cannotVote?: true } {
    return this.#isSelfUnable ? { cannotVote: true } : {}
  }

  /** The disk of this node fails, or is well again: everybody hears it at once, and with every later probe. */
  onStorage(isWell: boolean): void {
    if (this.#isSelfUnable === !isWell) return
    this.#isSelfUnable = !isWell
    this.#host.onChange()
    const progress = progressOf(this.#context.record)
    const ping = { type: 'gms.ping', seq: this.#host.takeSeq(), ...(progress && { progress }), ...this.word } as const
    for (const { name, speaks = 1 } of otherMembers(this.#context))
      if (speaks >= speaksReach) send(this.#context, name, ping)
  }

  /** A probe or an answer of somebody. */
  heard({ name, incarnation }: Peer, cannotVote: boolean): void {
    const wasUnable = this.#unable.get(name) === incarnation
    if (wasUnable === cannotVote) return
    if (cannotVote) this.#unable.set(name, incarnation)
    else this.#unable.delete(name)
    this.#host.onChange()
  }

  /** Forgets who is not a member any more. */
  viewChanged(): void {
    const names = new Set(otherMembers(this.#context).map((member) => member.name))
    for (const name of this.#unable.keys()) if (!names.has(name)) this.#unable.delete(name)
  }
}
