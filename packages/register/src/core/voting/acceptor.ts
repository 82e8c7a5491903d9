import type { NodeName, Peer } from '@ring/platform'
import type { Ledger } from '../ledger.ts'
import type { Accept, Prepare, RegisterMessage } from '../message.ts'
import { positionOf, type RingRecord, samePosition } from '../record/record.ts'
import { type Ballot, compareBallots } from './ballot.ts'
import type { FormationTerms } from './quorum.ts'
import type { RegisterRules } from './rules.ts'

/** Whether a record may be accepted now; when not, its proposer asks again (rule L1). */
export type MayAccept = (next: RingRecord) => boolean

/** Whether this node may take part in the formation that is proposed to it (rule R7). */
export type MayForm = (terms: FormationTerms) => boolean

/**
 * The voter's half of single-decree Paxos, for the version after the record held. Whatever it answers with a promise or an
 * acceptance leaves only when it is on the disk (rule R4).
 */
export class Acceptor {
  readonly #name: NodeName
  readonly #ledger: Ledger
  readonly #rules: RegisterRules
  readonly #mayForm: MayForm
  readonly #mayAccept: MayAccept
  readonly #send: (to: NodeName, message: RegisterMessage) => void

  constructor(
    name: NodeName,
    ledger: Ledger,
    rules: RegisterRules,
    mayForm: MayForm,
    mayAccept: MayAccept,
    send: (to: NodeName, message: RegisterMessage) => void,
  ) {
    this.#name = name
    this.#ledger = ledger
    this.#rules = rules
    this.#mayForm = mayForm
    this.#mayAccept = mayAccept
    this.#send = send
  }

  onPrepare(from: Peer, message: Prepare): void {
    if (!this.#votesOn(from, message)) return
    const { vote } = this.#ledger
    if (vote.promised !== undefined && compareBallots(message.ballot, vote.promised) < 0) {
      this.#refuse(from, message, vote.promised)
      return
    }
    if (vote.promised === undefined || compareBallots(message.ballot, vote.promised) > 0)
      this.#ledger.setVote({ ...vote, ...afterOf(message), promised: message.ballot })
    this.#answer(from, {
      type: 'register.promise',
      ...slotOf(message),
      voterId: vote.voterId,
      ...(vote.accepted === undefined ? {} : { accepted: vote.accepted }),
    })
  }

  onAccept(from: Peer, message: Accept): void {
    if (!this.#votesOn(from, message) || !follows(message.record, message)) return
    const { vote, record } = this.#ledger
    if (vote.promised !== undefined && compareBallots(message.ballot, vote.promised) < 0) {
      this.#refuse(from, message, vote.promised)
      return
    }
    if (message.ballot.round === 0 && !mayUseFastPath(message.ballot, record)) {
      this.#refuse(from, message)
      return
    }
    // Silence is as good as a lost message: the proposer asks again until its time is up.
    if (!this.#mayAccept(message.record)) return
    this.#ledger.setVote({
      ...vote,
      ...afterOf(message),
      promised: message.ballot,
      accepted: { ballot: message.ballot, record: message.record },
    })
    this.#answer(from, { type: 'register.accepted', ...slotOf(message), voterId: vote.voterId })
  }

  /** Whether this node is a voter of that version and stands right before it; if not, it says so. */
  #votesOn(from: Peer, message: Prepare | Accept): boolean {
    const { vote, record } = this.#ledger
    if (message.voterId !== vote.voterId && this.#rules.votersHaveIds) {
      this.#refuse(from, message)
      return false
    }
    if (record === undefined) return this.#votesWithoutRecord(from, message)
    if (!samePosition(message.after, positionOf(record))) {
      this.#showPositions(from, message, record)
      return false
    }
    const isVoter = record.voters.some(
      (voter) => voter.name === this.#name && (voter.voterId === vote.voterId || !this.#rules.votersHaveIds),
    )
    if (!isVoter) this.#refuse(from, message)
    return isVoter
  }

  #votesWithoutRecord(from: Peer, message: Prepare | Accept): boolean {
    if (message.after !== undefined) {
      this.#send(from.name, { type: 'register.fetch' })
      return false
    }
    const may = message.formation !== undefined && this.#mayForm(message.formation)
    if (!may) this.#refuse(from, message)
    return may
  }

  /** The asker is behind, and gets the record; or this node is, and asks for it. */
  #showPositions(from: Peer, message: Prepare | Accept, record: RingRecord): void {
    const { after } = message
    if (after?.lineage === record.lineage && after.version > record.version)
      this.#send(from.name, { type: 'register.fetch', position: positionOf(record) })
    else this.#send(from.name, { type: 'register.record', record })
  }

  #answer(from: Peer, message: RegisterMessage): void {
    if (this.#rules.storeBeforeAnswer) this.#ledger.answerWhenStored(from.name, message)
    else this.#send(from.name, message)
  }

  #refuse(from: Peer, message: Prepare | Accept, promised?: Ballot): void {
    this.#send(from.name, {
      type: 'register.nack',
      ...slotOf(message),
      ...(promised === undefined ? {} : { promised }),
    })
  }
}

function slotOf(message: Prepare | Accept): Pick<Prepare, 'after' | 'ballot'> {
  return { ...afterOf(message), ballot: message.ballot }
}

function afterOf(message: Prepare | Accept): Pick<Prepare, 'after'> {
  return message.after === undefined ? {} : { after: message.after }
}

/** Whether a record can stand at the place it is proposed for. */
function follows(record: RingRecord, { after }: Accept): boolean {
  return after === undefined || (record.lineage === after.lineage && record.version === after.version + 1)
}

/** Rule R5: only the life that proposed the present record, and nobody before it has promised anything. */
function mayUseFastPath(ballot: Ballot, record: RingRecord | undefined): boolean {
  return record?.origin.name === ballot.name && record.origin.incarnation === ballot.incarnation
}
