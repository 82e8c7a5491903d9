import type { NodeName } from '@ring/platform'
import type { RegisterEffect } from './events.ts'
import type { RegisterMessage } from './message.ts'
import { positionOf, type RingRecord } from './record/record.ts'
import type { RegisterState, RegisterWrite, VoteState } from './record/state.ts'

export interface Outgoing {
  readonly to: NodeName
  readonly message: RegisterMessage
}

const waitingMax = 1_000

/**
 * What this node has promised, accepted and learned: in memory, on its way to the disk, and the answers that wait for that.
 * One write is under way at a time; what changes meanwhile goes into the next one.
 */
export class Ledger {
  readonly #durable: boolean
  #vote: VoteState
  #record: RingRecord | undefined
  #isKnown: boolean
  #dirtyVote = false
  #dirtyRecord = false
  #waiting: Outgoing[] = []
  #underWay:
    | { readonly writeId: number; readonly answers: Outgoing[]; readonly writes: readonly RegisterWrite[] }
    | undefined
  #failed = false
  #nextWriteId = 1

  /** @param known whether the directory already knows who this voter is */
  constructor(state: RegisterState, durable: boolean, known: boolean) {
    this.#vote = state.vote
    this.#record = state.record
    this.#durable = durable
    this.#isKnown = known
  }

  get vote(): VoteState {
    return this.#vote
  }

  get record(): RingRecord | undefined {
    return this.#record
  }

  setVote(vote: VoteState): void {
    this.#vote = vote
    this.#dirtyVote = true
  }

  /**
   * Holds a later record. What was voted on its place is over, and need not be wiped from the disk for that: a vote
   * that does not follow the stored record is not read again.
   */
  hold(record: RingRecord): void {
    const { voterId, incarnation, supersededBy } = this.#vote
    this.#record = record
    this.#dirtyRecord = true
    this.#vote = { voterId, incarnation, after: positionOf(record) }
    if (supersededBy !== undefined) this.#dirtyVote = true
  }

  /** Sends this once everything the ledger holds now is on the disk. */
  answerWhenStored(to: NodeName, message: RegisterMessage): void {
    // While the disk fails nothing leaves; who gets no answer asks again.
    if (this.#waiting.length < waitingMax) this.#waiting.push({ to, message })
  }

  /** Begins the next write if there is something to write and nothing under way. Returns what may be sent now. */
  flush(emit: (effect: RegisterEffect) => void): readonly Outgoing[] {
    if (this.#underWay !== undefined || this.#failed) return []
    const answers = this.#waiting
    if (!this.#durable || (!this.#dirtyVote && !this.#dirtyRecord)) {
      this.#waiting = []
      return answers
    }
    const writes = this.#takeWrites()
    this.#waiting = []
    this.#underWay = { writeId: this.#nextWriteId++, answers, writes }
    emit({ type: 'store', writeId: this.#underWay.writeId, writes })
    return []
  }

  stored(writeId: number): readonly Outgoing[] {
    if (this.#underWay?.writeId !== writeId) return []
    const { answers } = this.#underWay
    this.#underWay = undefined
    this.#isKnown = true
    return answers
  }

  /** The write failed: what it held is written with the next one, and its answers wait for that. */
  storeFailed(writeId: number): boolean {
    if (this.#underWay?.writeId !== writeId) return false
    const { answers, writes } = this.#underWay
    this.#underWay = undefined
    this.#waiting = [...answers, ...this.#waiting]
    this.#dirtyRecord ||= writes.some((write) => write.file === 'record')
    this.#dirtyVote ||= writes.some((write) => write.file === 'vote')
    this.#failed = true
    return true
  }

  /** Writes may be tried again. */
  retry(): void {
    this.#failed = false
  }

  /**
   * The record goes before the vote, which must never be ahead of it on the disk; and before everything goes who this
   * voter is, without which a record on the disk would be nobody's.
   */
  #takeWrites(): readonly RegisterWrite[] {
    const writes: RegisterWrite[] = []
    const { voterId, incarnation } = this.#vote
    if (this.#dirtyRecord && !this.#isKnown) writes.push({ file: 'vote', vote: { voterId, incarnation } })
    if (this.#dirtyRecord && this.#record !== undefined) writes.push({ file: 'record', record: this.#record })
    if (this.#dirtyVote) writes.push({ file: 'vote', vote: this.#vote })
    this.#dirtyRecord = false
    this.#dirtyVote = false
    return writes
  }
}
