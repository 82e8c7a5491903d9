import type { NodeName } from '@ring/platform'
import { type GmsContext, isLarge, neighbours, otherMembers, send } from '../context.ts'
import type { GmsMessage } from '../messages.ts'
import { type GroupRecord, type Member, speaksDeltas } from '../record/view.ts'
import type { News } from './news.ts'

/**
 * Brings a committed record to those whom no vote tells of it. In a group of usual size who decided it tells everybody; in
 * a large one each member passes it on to its neighbours. Who misses it asks, since every probe names the version.
 */
export class Spreader {
  readonly #context: GmsContext

  constructor(context: GmsContext) {
    this.#context = context
  }

  /** This node has just installed the record, which it got from `source`, or decided itself. */
  installed(news: News, source: NodeName | undefined): void {
    const entered = newcomers(news)
    const audience = this.#audience(news.record).filter(({ name }) => name !== source && !entered.has(name))
    const expelled = this.#isDecider(news.record) ? expelledBy(news) : []
    this.#tell([...audience, ...expelled.filter(({ name }) => name !== this.#context.self.name)], news)
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

  #tell(members: readonly Member[], news: News): void {
    const whole: GmsMessage = { type: 'gms.view', record: news.record }
    const knowsDeltas = ({ speaks = 1 }: Member) => speaks >= speaksDeltas
    const delta = members.some(knowsDeltas) ? news.delta : undefined
    const step: GmsMessage = delta ? { type: 'gms.delta', delta } : whole
    for (const member of members) send(this.#context, member.name, knowsDeltas(member) ? step : whole)
  }
}

/** Who was taken out and may live learns it at once. */
function expelledBy({ isSequel, change }: News): readonly Member[] {
  if (!isSequel) return []
  return change.left.filter(({ why }) => why === 'failed' || why === 'expelled').map(({ member }) => member)
}

/** They get the record with their JOIN_RSP. */
function newcomers({ isSequel, change }: News): ReadonlySet<NodeName> {
  return new Set(isSequel ? change.joined.map(({ name }) => name) : [])
}
