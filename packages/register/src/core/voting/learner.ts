import type { Peer } from '@ring/platform'
import type { OpenLineage } from '../events.ts'
import type { Committed } from '../message.ts'
import { contentFault, founder, type Position, positionOf, type RingRecord, samePosition } from '../record/record.ts'
import type { Proposer, RegisterParts } from './proposer.ts'

/** Takes in what others have decided, helps those who are behind, and keeps lineages apart. */
export class Learner {
  readonly #parts: RegisterParts
  readonly #proposer: Proposer
  readonly #onHeld: () => void
  #syncTurn = 0

  /** @param onHeld is called whenever this node holds another record */
  constructor(parts: RegisterParts, proposer: Proposer, onHeld: () => void) {
    this.#parts = parts
    this.#proposer = proposer
    this.#onHeld = onHeld
  }

  /** Holds a later record: a new version to vote on begins, and what was proposed for this one has ended. */
  hold(record: RingRecord): void {
    const { ledger, outbox } = this.#parts
    if (samePosition(ledger.record, record)) return
    ledger.hold(record)
    this.#onHeld()
    outbox.emit({ type: 'committed', record })
    this.#proposer.onRecord(record)
  }

  /** Somebody says that this record is committed. */
  learn(from: Peer, record: RingRecord): void {
    const { ledger, outbox, rules } = this.#parts
    const own = ledger.record
    if (own === undefined) {
      this.hold(record)
    } else if (own.lineage === record.lineage) {
      if (record.version > own.version) this.hold(record)
      else if (record.version < own.version) outbox.send(from.name, { type: 'register.record', record: own })
    } else if (replaces(record, own)) {
      if (rules.recoverySupersedes) this.#stopActing(record)
    } else if (replaces(own, record)) {
      outbox.send(from.name, { type: 'register.record', record: own })
    } else {
      outbox.emit({ type: 'foreign', from: from.name, record })
    }
  }

  onCommitted(from: Peer, message: Committed): void {
    const { ledger, self } = this.#parts
    this.learn(from, message.record)
    if (!message.confirm || !samePosition(ledger.record, message.record)) return
    const position = positionOf(message.record)
    ledger.answerWhenStored(from.name, { type: 'register.held', ...position, voterId: self.voterId })
  }

  onFetch(from: Peer, position: Position | undefined): void {
    const { ledger, outbox } = this.#parts
    if (ledger.record === undefined || samePosition(position, ledger.record)) return
    outbox.send(from.name, { type: 'register.record', record: ledger.record })
    this.#proposer.sendAgain(from.name)
  }

  onPosition(from: Peer, position: Position): void {
    const { ledger, outbox } = this.#parts
    const { record } = ledger
    if (samePosition(position, record)) return
    if (record === undefined) outbox.send(from.name, { type: 'register.fetch' })
    else if (position.lineage === record.lineage && position.version > record.version)
      outbox.send(from.name, { type: 'register.fetch', position: positionOf(record) })
    else outbox.send(from.name, { type: 'register.record', record })
  }

  /**
   * Shows the own position to the next voter in turn, or one given up, so that whoever of both is behind learns of it. Who
   * has no vote hears of news from those who brought it in; many of them would only keep the voters busy.
   */
  sync(): void {
    const { ledger, outbox, self, timing } = this.#parts
    if (timing.syncMs <= 0) return
    outbox.arm('sync', timing.syncMs, timing.syncMs / 2)
    const { record, vote } = ledger
    const voters = record?.voters.map(({ name }) => name) ?? []
    // Who was given up may run, somewhere, and has nobody else to hear it from.
    const names = new Set([...voters, ...(record?.parent?.givenUp ?? [])])
    names.delete(self.name)
    const other = [...names][this.#syncTurn++ % Math.max(1, names.size)]
    const isVoter = voters.includes(self.name)
    if (record === undefined || other === undefined || !isVoter || vote.supersededBy !== undefined) return
    outbox.send(other, { type: 'register.position', position: positionOf(record) })
  }

  /** Opens a lineage without a vote: an operator (rule R8) or the rule of branches (M5) has decided. */
  openLineage({ proposalId, lineage, content, wallMs, reason }: OpenLineage): void {
    const { ledger, outbox, self } = this.#parts
    const { record } = ledger
    const previous = record === undefined ? undefined : { record, reason }
    const opened = founder(lineage, content, this.#proposer.nextOrigin(), wallMs, previous)
    const fault = contentFault(opened, 0)
    if (fault !== undefined) {
      outbox.refuse(proposalId, 'invalid', `the proposed record is not valid: ${fault}`)
      return
    }
    this.#proposer.adopt(proposalId, opened)
    if (reason === 'branch') return
    // Nobody is to stop acting for a lineage that this node could still forget.
    for (const name of new Set([...opened.voters, ...(record?.voters ?? [])].map((voter) => voter.name)))
      if (name !== self.name)
        ledger.answerWhenStored(name, { type: 'register.committed', record: opened, confirm: false })
  }

  /** A superseded node takes over the lineage that replaced its own. */
  rejoin(): void {
    const { supersededBy } = this.#parts.ledger.vote
    if (supersededBy !== undefined) this.hold(supersededBy)
  }

  #stopActing(by: RingRecord): void {
    const { ledger, outbox } = this.#parts
    ledger.setVote({ ...ledger.vote, supersededBy: by })
    this.#proposer.giveUp()
    outbox.emit({ type: 'superseded', by })
  }
}

/** Whether a lineage was recovered from an earlier one, so that the earlier one is over (rule R8). */
function replaces(later: RingRecord, earlier: RingRecord): boolean {
  return later.parent?.reason === 'recovered' && later.ancestors.includes(earlier.lineage)
}
