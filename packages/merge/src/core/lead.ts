import {
  type Applicant,
  type GroupRecord,
  type GroupStanding,
  hasPrecedence,
  type MergedSides,
  type MergePort,
  membersMax,
} from '@ring/gms'
import { type NodeName, randomHex } from '@ring/platform'
import type { MergeMessage } from './message.ts'

interface SideAnswer {
  readonly standing: GroupStanding
  readonly lives: readonly Applicant[]
}

interface Side {
  readonly coordinator: NodeName
  readonly lineage: string
  answer: SideAnswer | undefined
}

/** How long the other coordinators have for asking their members and answering. */
const collectMs = 900
/** A change of this group's own may still be under way. */
const tryAgainMs = 50

/** One attempt of the leader: asks the other groups' coordinators, and takes in those who answered, as one change. */
export class Lead {
  readonly #port: MergePort
  readonly #id: string
  readonly #sides = new Map<NodeName, Side>()
  readonly #onEnd: (tookIn: boolean) => void

  constructor(port: MergePort, onEnd: (tookIn: boolean) => void) {
    this.#port = port
    this.#id = randomHex(port.random, 8)
    this.#onEnd = onEnd
    port.hold()
    port.setAlarm('attempt', collectMs, () => this.#finish())
  }

  /** Asks one more group; one that is asked already is not asked twice. */
  ask({ coordinator, lineage }: GroupStanding, own: GroupStanding): void {
    if (this.#sides.has(coordinator)) return
    this.#sides.set(coordinator, { coordinator, lineage, answer: undefined })
    this.#send(coordinator, { type: 'merge.req', id: this.#id, standing: own })
  }

  onAnswer(from: NodeName, id: string, standing: GroupStanding, lives: readonly Applicant[]): void {
    const side = this.#sides.get(from)
    if (id !== this.#id || side?.lineage !== standing.lineage) return
    side.answer = { standing, lives }
    this.#finishWhenComplete()
  }

  onRefusal(from: NodeName, id: string): void {
    if (id !== this.#id || !this.#sides.delete(from)) return
    this.#finishWhenComplete()
  }

  /** Gives up; who was asked may go on. */
  cancel(): void {
    for (const { coordinator } of this.#sides.values()) this.#send(coordinator, { type: 'merge.cancel', id: this.#id })
    this.#end(false)
  }

  #finishWhenComplete(): void {
    if ([...this.#sides.values()].every(({ answer }) => answer)) this.#finish()
  }

  #finish(): void {
    const record = this.#port.record()
    const answered = [...this.#sides.values()].flatMap(({ answer }) => (answer ? [answer] : []))
    answered.sort((one, other) => (hasPrecedence(one.standing, other.standing) ? -1 : 1))
    const taken = record ? withinMax(record, answered) : []
    if (!record || taken.length === 0) return this.cancel()
    const lives = taken.flatMap((answer) => answer.lives)
    const sides: MergedSides = [
      { lineage: record.lineage, version: record.version, members: record.view.members.map(({ name }) => name) },
      ...taken.map(({ standing: { lineage, version }, lives: came }) => ({
        ...{ lineage, version, members: came.map(({ name }) => name) },
      })),
    ]
    if (!this.#port.takeIn(lives, sides)) return this.#port.setAlarm('attempt', tryAgainMs, () => this.#finish())
    const lineages = new Set(taken.map(({ standing }) => standing.lineage))
    for (const { coordinator, lineage } of this.#sides.values())
      if (!lineages.has(lineage)) this.#send(coordinator, { type: 'merge.cancel', id: this.#id })
    this.#end(true)
  }

  #end(tookIn: boolean): void {
    this.#port.clearAlarm('attempt')
    this.#port.release()
    this.#onEnd(tookIn)
  }

  #send(to: NodeName, message: MergeMessage): void {
    this.#port.send(to, message)
  }
}

/** Those for whom the view has room, the first sides first: one that is too large could not be sent to anybody. */
function withinMax({ view }: GroupRecord, answers: readonly SideAnswer[]): readonly SideAnswer[] {
  const names = new Set(view.members.map(({ name }) => name))
  const hasRoom = ({ name }: Applicant) => {
    if (names.size < membersMax) names.add(name)
    return names.has(name)
  }
  return answers
    .map(({ standing, lives }) => ({ standing, lives: lives.filter(hasRoom) }))
    .filter(({ lives }) => lives.length > 0)
}
