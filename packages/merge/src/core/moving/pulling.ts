import type { Giver, MergePlan, Pull } from './merge-plan.ts'
import { runsOf, type Selection } from './selection.ts'

/** What a giver answered: items that have changed since the mark, in the order of their change. */
export interface Batch {
  readonly count: number
  readonly bytes: number
  /** Up to where all that had changed is told. */
  readonly mark: number
  /** There is more to be had at once. */
  readonly more: boolean
}

/** One question to a giver. */
export interface Read {
  readonly from: Giver
  readonly select: Selection
  /** 0 for all. */
  readonly since: number
  /** The closing for which nothing of it was written any more when it was asked for; 0 while it may be. */
  readonly closedAt: number
}

/** What is had from one giver since it was first asked for it: of these partitions all up to the mark is here. */
interface Strand {
  readonly pull: Pull
  mark: number
  /** Items of the round that goes on, and of the one before. */
  round: number
  rounds: number
  isSmall: boolean
  closedAt: number
  /** Not to be asked again before: nothing new is to be had so soon, unless what is given has been closed meanwhile. */
  restsUntilMs: number
  /** Not to be asked again before in any case. */
  failedUntilMs: number
  isAsked: boolean
}

/** How far a server is with what it is to hold. */
export interface PullProgress {
  readonly items: number
  readonly bytes: number
  readonly rounds: number
}

/** A round is small from here on, or where so many rounds have been made that it will not become smaller. */
const smallItems = 1_000
const roundsMax = 10
/** Between two rounds while a merge waits, and after a failure. */
const betweenRoundsMs = 100
const afterFailureMs = 200

/**
 * How a server gets what it is to hold: from each giver in rounds, "changed since", until a round is small; then again and again
 * until all that is given is closed and the last round is here (rules D3, D6). Whoever drives it asks what {@link Pulling.next}
 * says, hands on what comes, and tells when that is written.
 */
export class Pulling {
  #plan: MergePlan
  #strands: Strand[]
  #items = 0
  #bytes = 0
  #rounds = 0
  readonly #closedAt: (giver: Giver) => number

  /** @param closedAt for which closing of this merge a giver writes nothing more of what it gives, as far as is known; 0 for none */
  constructor(plan: MergePlan, closedAt: (giver: Giver) => number) {
    this.#plan = plan
    this.#closedAt = closedAt
    this.#strands = plan.pulls.map(strandOf)
  }

  get progress(): PullProgress {
    return { items: this.#items, bytes: this.#bytes, rounds: this.#rounds }
  }

  /** Somebody else is to hold what, or it has been closed: what is the same goes on where it was. */
  setPlan(plan: MergePlan): void {
    this.#plan = plan
    const before = this.#strands
    this.#strands = plan.pulls.flatMap((pull) => {
      const known = before.filter((strand) => isSameSource(strand.pull, pull))
      const kept = known.flatMap((strand) => narrowed(strand, pull))
      const rest = pull.wanted.map((wanted, at) =>
        wanted === 1 && !kept.some((one) => one.pull.wanted[at] === 1) ? 1 : 0,
      )
      return rest.includes(1) ? [...kept, strandOf({ ...pull, wanted: rest })] : kept
    })
  }

  /** What to ask now: of each strand one thing at a time. */
  next(nowMs: number): readonly Read[] {
    return this.#strands.flatMap((strand) => {
      if (strand.isAsked || this.#isOver(strand) || nowMs < this.#dueMs(strand)) return []
      strand.isAsked = true
      const { pull, mark } = strand
      // Before it is read: what was closed by then is all there (rule D3).
      return { from: pull.from, select: selectionOf(pull), since: mark, closedAt: this.#closedAt(pull.from) }
    })
  }

  /** All that is had from others. */
  get selections(): readonly Selection[] {
    return this.#strands.map(({ pull }) => selectionOf(pull))
  }

  /** What was asked has come and is written. */
  written(read: Read, batch: Batch, nowMs: number): void {
    const strand = this.#askedBy(read)
    if (!strand) return
    strand.isAsked = false
    strand.mark = Math.max(strand.mark, batch.mark)
    strand.round += batch.count
    this.#items += batch.count
    this.#bytes += batch.bytes
    if (batch.more) return
    strand.rounds++
    this.#rounds = Math.max(this.#rounds, strand.rounds)
    strand.isSmall ||= strand.round <= smallItems || strand.rounds >= roundsMax
    strand.round = 0
    strand.closedAt = read.closedAt
    if (strand.isSmall) strand.restsUntilMs = nowMs + betweenRoundsMs
  }

  failed(read: Read, nowMs: number): void {
    const strand = this.#askedBy(read)
    if (!strand) return
    strand.isAsked = false
    strand.failedUntilMs = nowMs + afterFailureMs
  }

  /** All but the last of it is here. */
  get isDone(): boolean {
    return this.#strands.every(({ isSmall }) => isSmall)
  }

  /** All of it is here, and nothing more can come: for the closing that is under way. */
  get isFilled(): boolean {
    return this.#plan.closingAt !== undefined && this.#strands.every((strand) => this.#isOver(strand))
  }

  /** When there is something to ask next; undefined where what is out has to come first. */
  get nextMs(): number | undefined {
    const waiting = this.#strands.filter((strand) => !strand.isAsked && !this.#isOver(strand))
    return waiting.length === 0 ? undefined : Math.min(...waiting.map((strand) => this.#dueMs(strand)))
  }

  /** That a giver has closed is heard, and not found out by asking again: a reader that never rests hears nothing. */
  #dueMs(strand: Strand): number {
    const { pull, restsUntilMs, failedUntilMs } = strand
    const isLast = this.#plan.closingAt !== undefined && this.#closedAt(pull.from) === this.#plan.closingAt
    return isLast ? failedUntilMs : Math.max(restsUntilMs, failedUntilMs)
  }

  #isOver({ closedAt }: Strand): boolean {
    return this.#plan.closingAt !== undefined && closedAt === this.#plan.closingAt
  }

  #askedBy({ from, since, select }: Read): Strand | undefined {
    return this.#strands.find((strand) => strand.isAsked && strand.mark === since && isAskedOf(strand, from, select))
  }
}

function isAskedOf({ pull }: Strand, from: Giver, [asked]: Selection): boolean {
  const isSameGiver = pull.from.server === from.server && pull.from.incarnation === from.incarnation
  return isSameGiver && asked !== undefined && asked.runs.join() === runsOf(pull.wanted).join()
}

function selectionOf({ present, next, wanted }: Pull): Selection {
  return [{ ...present, runs: runsOf(wanted) }, ...(next ? [next] : [])]
}

function strandOf(pull: Pull): Strand {
  const mayBeAsked = { restsUntilMs: 0, failedUntilMs: 0, isAsked: false }
  return { pull, mark: 0, round: 0, rounds: 0, isSmall: false, closedAt: 0, ...mayBeAsked }
}

function isSameSource(one: Pull, other: Pull): boolean {
  if (one.from.server !== other.from.server || one.from.incarnation !== other.from.incarnation) return false
  const isSamePresent =
    one.present.strategy === other.present.strategy && one.present.partitions === other.present.partitions
  return isSamePresent && JSON.stringify(one.next) === JSON.stringify(other.next)
}

/** What of a strand is still wanted; it goes on from its mark. What it has asked does not fit any more, if it is another. */
function narrowed(strand: Strand, { wanted }: Pull): Strand[] {
  const left = strand.pull.wanted.map((own, at) => (own === 1 && wanted[at] === 1 ? 1 : 0))
  if (!left.includes(1)) return []
  if (left.every((own, at) => own === strand.pull.wanted[at])) return [strand]
  return [{ ...strand, pull: { ...strand.pull, wanted: left }, isAsked: false }]
}
