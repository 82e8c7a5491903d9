import type { Applicant, GroupStanding, MergePort } from '@ring/gms'
import type { NodeName } from '@ring/platform'
import type { MergeMessage } from './message.ts'

/** How long the members have for saying under which life they would come. */
const prepareMs = 400
/** So long joins and removals wait for the leader; then this group goes on by itself. */
const heldMs = 2_500
const lastCallMs = 300

export interface SurrenderOptions {
  readonly leader: NodeName
  readonly id: string
  readonly own: GroupStanding
  /** Whether to give up a merge that stalls (always, but in a simulation of what happens otherwise). */
  readonly ends: boolean
  onEnd(): void
}

/** A group that another one leads: its coordinator asks its members, answers for all, and waits to be taken in. */
export class Surrender {
  readonly #port: MergePort
  readonly #options: SurrenderOptions
  readonly #members: readonly NodeName[]
  readonly #lives = new Map<NodeName, Applicant>()
  #isAnswered = false

  constructor(port: MergePort, options: SurrenderOptions) {
    this.#port = port
    this.#options = options
    const members = port.record()?.view.members ?? []
    this.#members = members.map(({ name }) => name).filter((name) => !port.isDoubted(name))
    port.hold()
    this.#lives.set(port.self, port.promiseLife())
    for (const name of this.#members)
      if (name !== port.self) this.#send(name, { type: 'merge.prepare', id: options.id })
    port.setAlarm('attempt', prepareMs, () => this.#answer())
    if (options.ends) port.setAlarm('held', heldMs, () => this.cancel())
    this.#answerWhenComplete()
  }

  isLedBy(leader: NodeName, id: string): boolean {
    return this.#options.leader === leader && this.#options.id === id
  }

  get leader(): NodeName {
    return this.#options.leader
  }

  onReady(from: NodeName, id: string, life: Applicant): void {
    if (id !== this.#options.id || life.name !== from || !this.#members.includes(from)) return
    this.#lives.set(from, life)
    this.#answerWhenComplete()
  }

  /** Nothing came of it: this group goes on as it was. */
  cancel(): void {
    const { id, leader, own } = this.#options
    if (!this.#isAnswered) this.#send(leader, { type: 'merge.refused', id, standing: own, why: 'busy' })
    for (const name of this.#members) if (name !== this.#port.self) this.#send(name, { type: 'merge.cancel', id })
    this.#port.breakPromise()
    this.forget()
    this.#port.release()
    this.#options.onEnd()
  }

  /** Somebody of this group seems lost; or went ahead already, when the answer is out, and the word for us is on its way. */
  doubt(): void {
    if (this.#isAnswered && this.#options.ends) this.#port.setAlarm('held', lastCallMs, () => this.cancel())
    else this.cancel()
  }

  forget(): void {
    this.#port.clearAlarm('attempt')
    this.#port.clearAlarm('held')
  }

  #answerWhenComplete(): void {
    if (this.#members.every((name) => this.#lives.has(name))) this.#answer()
  }

  /** In the order of the view; who did not say anything comes by itself later. */
  #answer(): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    this.#port.clearAlarm('attempt')
    const { id, leader, own } = this.#options
    const lives = this.#members.flatMap((name) => this.#lives.get(name) ?? [])
    this.#send(leader, { type: 'merge.rsp', id, standing: own, lives })
  }

  #send(to: NodeName, message: MergeMessage): void {
    this.#port.send(to, message)
  }
}
