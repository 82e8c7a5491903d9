import type { NodeName } from '@ring/platform'
import { type GmsContext, isLarge, neighbours, otherMembers, send } from './context.ts'
import { deltaBetween } from './delta.ts'
import type { GmsMessage } from './messages.ts'
import { changeBetween, type GroupRecord, type Member, speaksNow } from './view.ts'

/**
 * Brings a committed record to those whom no vote tells of it. In a group of usual size who decided it tells everybody; in
 * a large one each member passes it on to its neighbours. Who misses it asks, since every probe names the version.
 */
export class Spreader {
  readonly #context: GmsContext

  constructor(context: GmsContext) {
    this.#context = context
  }

  /** This node has just installed `record`, which it got from `source`, or decided itself. */
  installed(before: GroupRecord | undefined, record: GroupRecord, source: NodeName | undefined): void {
    const entered = newcomers(before, record)
    const audience = this.#audience(record).filter(({ name }) => name !== source && !entered.has(name))
    const expelled = this.#isDecider(record) ? expelledFrom(before, record) : []
    this.#tell([...audience, ...expelled.filter(({ name }) => name !== this.#context.self.name)], before, record)
  }

  /** A voter hears of it from the register. */
  #audience(record: GroupRecord): readonly Member[] {
    const { self, quorum } = this.#context
    if (isLarge(this.#context)) return neighbours(this.#context, self.name).all
    if (!this.#isDecider(record)) return []
    if (quorum === 'none') return otherMembers(this.#context)
    const voters = new Set(record.voters.map(({ name }) => name))
    return otherMembers(this.#context).filter(({ name }) => !voters.has(name))
  }

  #isDecider({ origin, voters }: GroupRecord): boolean {
    const { self, quorum } = this.#context
    return origin.name === self.name || (quorum === 'none' && voters[0]?.name === self.name)
  }

  #tell(members: readonly Member[], before: GroupRecord | undefined, record: GroupRecord): void {
    const whole: GmsMessage = { type: 'gms.view', record }
    const knowing = members.filter(({ speaks = 1 }) => speaks >= speaksNow)
    const delta = before && knowing.length > 0 ? deltaBetween(before, record, this.#context) : undefined
    const step: GmsMessage = delta ? { type: 'gms.delta', delta } : whole
    for (const { name, speaks = 1 } of members) send(this.#context, name, speaks >= speaksNow ? step : whole)
  }
}

/** Who was taken out and may live learns it at once. */
function expelledFrom(before: GroupRecord | undefined, record: GroupRecord): readonly Member[] {
  if (before?.lineage !== record.lineage) return []
  const { left } = changeBetween(before.view, record.view)
  return left.filter(({ why }) => why === 'failed' || why === 'expelled').map(({ member }) => member)
}

/** They get the record with their JOIN_RSP. */
function newcomers(before: GroupRecord | undefined, record: GroupRecord): ReadonlySet<NodeName> {
  if (before?.lineage !== record.lineage) return new Set()
  return new Set(changeBetween(before.view, record.view).joined.map(({ name }) => name))
}
